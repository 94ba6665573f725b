"""Bars, as SVG."""

from xml.sax.saxutils import escape

WIDTH, LABEL, BAR, GAP, TOP = 720, 250, 22, 10, 46


def bars(title, rows):
    """Bars of `rows`, each a label with its median, least and greatest value; the first is whole."""
    whole = max(high for _, (_, _, high) in rows)
    scale = (WIDTH - LABEL - 70) / whole
    height = TOP + len(rows) * (BAR + GAP) + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="16" font-weight="bold" fill="#222222">{escape(title)}</text>',
    ]
    for place, (label, (middle, low, high)) in enumerate(rows):
        y = TOP + place * (BAR + GAP)
        centre, end = y + BAR / 2, LABEL + middle * scale
        colour = "#2b6cb0" if "countersign" in label else "#a0aec0"
        parts += [
            f'<text x="{LABEL - 10}" y="{centre + 5}" text-anchor="end" fill="#222222">'
            f"{escape(label)}</text>",
            f'<rect x="{LABEL}" y="{y}" width="{middle * scale:.1f}" height="{BAR}" '
            f'fill="{colour}"/>',
            f'<path d="M{LABEL + low * scale:.1f} {centre}H{LABEL + high * scale:.1f}" '
            'stroke="#222222" stroke-width="2"/>',
            f'<text x="{max(end, LABEL + high * scale) + 8:.1f}" y="{centre + 5}" '
            f'fill="#222222">{middle:.2f}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def lines(title, times, rows):
    """A line for each of `rows`, a label with a value for each of `times`; each has a scale of its own."""
    height, band = TOP + len(rows) * 130, 100
    first, last = times[0], max(times[-1], times[0] + 1e-9)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="16" font-weight="bold" fill="#222222">{escape(title)}</text>',
    ]
    for place, (label, values) in enumerate(rows):
        bottom, most = TOP + place * 130 + band + 10, max(max(values), 1)
        points = " ".join(
            f"{LABEL + (at - first) / (last - first) * (WIDTH - LABEL - 70):.1f},"
            f"{bottom - value / most * band:.1f}"
            for at, value in zip(times, values, strict=True)
        )
        parts += [
            f'<text x="{LABEL - 10}" y="{bottom - band / 2}" text-anchor="end" fill="#222222">'
            f"{escape(label)}</text>",
            f'<path d="M{LABEL} {bottom}H{WIDTH - 70}" stroke="#a0aec0"/>',
            f'<polyline points="{points}" fill="none" stroke="#2b6cb0" stroke-width="2"/>',
            f'<text x="{WIDTH - 62}" y="{bottom - values[-1] / most * band + 5:.1f}" '
            f'fill="#222222">{values[-1]:.0f}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
