# An application of fastapi-users with two users: of its present hash, argon2, and of bcrypt, as before version 13.
python3 -c 'import fastapi_users_db_sqlalchemy, aiosqlite' || missing 'fastapi-users for COUNTERSIGN_TEST_PYTHON'
cat > shop.py <<'PYTHON'
from fastapi_users.db import SQLAlchemyBaseUserTableUUID
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase

engine = create_async_engine("sqlite+aiosqlite:///shop.db")


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass
PYTHON
cat > users.py <<'PYTHON'
import asyncio
import uuid

from fastapi_users import BaseUserManager, UUIDIDMixin, schemas
from fastapi_users.db import SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy.ext.asyncio import AsyncSession

from shop import Base, User, engine


class Manager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    pass


async def main():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        database = SQLAlchemyUserDatabase(session, User)
        ada = schemas.BaseUserCreate(
            email="ada@example.com", password="correct horse battery", is_superuser=True, is_verified=True
        )
        await Manager(database).create(ada)
        bob = schemas.BaseUserCreate(email="bob@example.com", password="another battery staple")
        bcrypt = PasswordHelper(PasswordHash((BcryptHasher(),)))
        await Manager(database, bcrypt).create(bob)


asyncio.run(main())
PYTHON
python3 users.py
