"""``python -m facelogin`` is the ``facelogin`` command."""

from facelogin.cli import main

main(prog_name="facelogin")
