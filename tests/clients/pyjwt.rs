//! PyJWT, with the secret that the service has.

use crate::support::{SECRET, Service, countersign, is_here};
use crate::{printed, python};

#[tokio::test]
async fn pyjwt_verifies_our_tokens_and_we_accept_pyjwts() {
    if !is_here("PyJWT", &mut python("import jwt; jwt.encode")) {
        return;
    }
    let mut command = countersign(&["serve", "--token-ttl", "1h"]);
    let service = Service::start(command.env("COUNTERSIGN_SECRET", SECRET));

    let verify = "import jwt, sys; c = jwt.decode(sys.argv[1], sys.argv[2], algorithms=['HS256']); \
                  print(c['user_id'], c['sub'], c['exp'] - c['iat'])";
    assert_eq!(printed(python(verify), &[&service.token().await, SECRET]), "1 1 3600");

    let issue = "import jwt, sys, time; \
                 print(jwt.encode({'user_id': 1, 'exp': int(time.time()) + 60}, sys.argv[1], 'HS256'))";
    let token = printed(python(issue), &[SECRET]);
    assert_eq!(service.get("/get-user", &token).await.0, 200);

    let forgeries = "import jwt, sys, time\n\
        good = {'user_id': 1, 'exp': int(time.time()) + 60}\n\
        print(jwt.encode(good, None, 'none'))\n\
        print(jwt.encode(good, sys.argv[1] * 2, 'HS384'))\n\
        print(jwt.encode(good, sys.argv[1] * 2, 'HS512'))\n\
        print(jwt.encode(good, sys.argv[1], 'HS384'))\n\
        print(jwt.encode(good, 'another secret of thirty-two bytes', 'HS256'))\n\
        print(jwt.encode(good, sys.argv[1], 'HS256', headers={'crit': ['exp']}))\n\
        print(jwt.encode({'user_id': 1, 'exp': int(time.time())}, sys.argv[1], 'HS256'))";
    for forgery in printed(python(forgeries), &[SECRET]).lines() {
        let invalid = (400, r#"{"message": "Token is invalid"}"#.to_owned());
        assert_eq!(service.get("/get-user", forgery).await, invalid, "{forgery}");
    }
}
