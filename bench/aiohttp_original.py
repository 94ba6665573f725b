"""The service that countersign's contract comes from, written anew: aiohttp, PyJWT, one user."""

import time

import jwt
from aiohttp import web

SECRET = "measured-" * 5
USER = {"id": 1, "email": "user@email.com", "password": "password", "is_admin": False}


@web.middleware
async def authenticate(request, handler):
    request["user"] = None
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        try:
            claims = jwt.decode(token, SECRET, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return web.json_response({"message": "Token is invalid"}, status=400)
        if claims["user_id"] == USER["id"]:
            request["user"] = USER
    return await handler(request)


async def login(request):
    sent = await request.json()
    if (sent["email"], sent["password"]) != (USER["email"], USER["password"]):
        return web.json_response({"message": "Wrong credentials"}, status=400)
    claims = {"user_id": USER["id"], "exp": int(time.time()) + 3600}
    return web.json_response({"token": jwt.encode(claims, SECRET, "HS256")})


async def get_user(request):
    user = request["user"]
    if user is None:
        return web.json_response({"message": "Auth required"}, status=401)
    shown = f"User id={user['id']}: <{user['email']}, is_admin={user['is_admin']}>"
    return web.json_response({"user": shown})


app = web.Application(middlewares=[authenticate])
app.add_routes([web.post("/login", login), web.get("/get-user", get_user)])
