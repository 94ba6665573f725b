# A Flask application with two users, of Werkzeug's present and former hash.
python3 -c 'import flask_sqlalchemy' || missing 'Flask-SQLAlchemy for COUNTERSIGN_TEST_PYTHON'
cat > shop.py <<'PYTHON'
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__, instance_path=__file__.rpartition("/")[0])
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String, unique=True, nullable=False)
    password_hash = db.Column(db.String, nullable=False)
PYTHON
cat > users.py <<'PYTHON'
from werkzeug.security import generate_password_hash

from shop import User, app, db

with app.app_context():
    db.create_all()
    new = generate_password_hash("correct horse battery")
    old = generate_password_hash("another battery staple", method="pbkdf2:sha256:600000")
    db.session.add(User(email="ada@example.com", password_hash=new))
    db.session.add(User(email="bob@example.com", password_hash=old))
    db.session.commit()
PYTHON
python3 users.py
