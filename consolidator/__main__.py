"""Lets `python -m consolidator` do what the `consolidator` command does."""

from consolidator.cli import main

raise SystemExit(main())
