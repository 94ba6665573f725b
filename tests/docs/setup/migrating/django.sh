# A Django project with four users: of an old and of the present hasher, without a password, and inactive.
python3 -c 'import django' || missing 'Django for COUNTERSIGN_TEST_PYTHON'
python3 -m django startproject shop .
python3 manage.py migrate --verbosity 0
cat > users.py <<'PYTHON'
import django

django.setup()
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")
bob = User.objects.create_user("bob", "bob@example.com", "another battery staple")
bob.password = make_password("another battery staple", hasher="scrypt")
bob.save()
User.objects.create_user("eve", "eve@example.com", "a third battery staple", is_active=False)
User.objects.create_user("sso", "sso@example.com")
PYTHON
DJANGO_SETTINGS_MODULE=shop.settings python3 users.py
