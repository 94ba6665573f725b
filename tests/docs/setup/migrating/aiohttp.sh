# The original service, on aiohttp.
python3 -c 'import aiohttp' || missing 'aiohttp for COUNTERSIGN_TEST_PYTHON'
cp "$root/bench/aiohttp_original.py" original.py
