# A file of users, and `firebase`, which needs an account: it writes a user as Firebase's documentation shows one.
command -v jq >/dev/null || missing jq
bcrypt='$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS'
printf 'email,password_hash\na@ours.com,%s\n' "$bcrypt" > users.csv
FIREBASE_PROJECT=p
firebase() {
    local hash=F6lgfOnU/kcEi9x32N6c79LU6iccneFQkXDzzrDmUGcbs8vJC99GAmD/IIkuzM8a9V6tYl1HhLbWTkgc/cOBQg==
    printf '{"users":[{"email":"a@firebase.com","salt":"42xEC+ixf3L2lw==","passwordHash":"%s"}]}' "$hash" > users.json
}
echo jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA== > signer-key
