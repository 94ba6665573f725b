"""Credentials for schemathesis, which loads this file: those that each operation demands.

Each operation has an account of its own: some of them end its sessions, change its password or delete it.
"""

import os

import requests
import schemathesis

URL = os.environ["SERVICE_URL"]
CLIENT = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
PASSWORD = "correct horse battery"


def account(label, is_admin):
    """The address of a new account."""
    email = "".join(c if c.isalnum() else "-" for c in label.lower()) + "@example.com"
    body = {"email": email, "password": PASSWORD, "is_admin": is_admin}
    made = requests.post(f"{URL}/admin/users", json=body, auth=CLIENT)
    # From the second time on there is one, unless it has been deleted.
    assert made.status_code in (201, 409), made.text
    if made.status_code == 409:
        found = requests.get(f"{URL}/admin/users", params={"search": email}, auth=CLIENT).json()
        # What a request has changed is restored.
        user = f"{URL}/admin/users/{found['users'][0]['id']}"
        requests.post(f"{user}/password", json={"password": PASSWORD}, auth=CLIENT)
        requests.patch(user, json={"disabled": False, "is_admin": is_admin}, auth=CLIENT)
    return email


@schemathesis.auth(cache_by_key=lambda case, context: case.operation.label, retry_on=[400, 401])
class Token:
    def get(self, case, context):
        is_admin = case.operation.path.startswith("/admin/")
        email = account(case.operation.label, is_admin)
        tokens = requests.post(f"{URL}/login", data={"email": email, "password": PASSWORD})
        return tokens.json()["token"]

    def set(self, case, data, context):
        demanded = [name for it in case.operation.definition.raw.get("security", []) for name in it]
        if "bearer" in demanded:
            case.headers["Authorization"] = f"Bearer {data}"
        elif "oauth_client" in demanded:
            case.headers["Authorization"] = requests.auth._basic_auth_str(*CLIENT)


@schemathesis.hook
def filter_case(context, case):
    """Leaves out forms that schemathesis writes wrongly: without a part, or with a name that is not escaped."""
    if case.media_type != "multipart/form-data":
        return True
    return bool(case.body) and all(name.isprintable() and '"' not in name for name in case.body)
