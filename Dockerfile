# An image with the binary, the libraries that it loads, and nothing to log in with: no shell, no package manager.
#
#     docker build --tag countersign .

FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release \
    && install -D target/release/countersign /image/usr/bin/countersign
# Where a SQLite file may be: a volume gets this owner and mode.
RUN install -d -m 0700 -o 65532 -g 65532 /image/var/lib/countersign

# glibc, libgcc and the user nonroot (65532).
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /image /
ENV COUNTERSIGN_LISTEN=0.0.0.0:8080
EXPOSE 8080
USER 65532:65532
WORKDIR /var/lib/countersign
# Nothing is written outside of this volume: run it with a read-only root file system.
VOLUME /var/lib/countersign
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/bin/countersign", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/countersign"]
CMD ["serve"]
