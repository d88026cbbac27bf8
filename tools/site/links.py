"""Check every link and anchor of the built pages: python links.py FOLDER [--external]

This is LinkChecker, by its modules: its command turns into the user `nobody` when root starts it, who may not read our
folders. Links that leave the folder are checked with --external only, because that needs the network.
"""

import functools
import pathlib
import sys

from linkcheck import configuration, director, logconf
from linkcheck.cmdline import aggregate_url
from linkcheck.htmlutil import htmlsoup

# LinkChecker parses a page anew for each anchor in it. Parsed once, the check takes a quarter of the time.
htmlsoup.make_soup = functools.cache(htmlsoup.make_soup)


def check(folder, external=False):
    """Print what is wrong with the pages that index.html leads to; True if nothing is."""
    logconf.init_log_config()
    config = configuration.Configuration()
    config["enabledplugins"].append("AnchorCheck")
    config["status"] = False  # no progress lines
    config["checkextern"] = external
    config["threads"] = 10 if external else 0  # reading our own files is all computing, and threads slow it down
    config.sanitize()
    pages = director.get_aggregate(config)
    aggregate_url(pages, (folder / "index.html").resolve().as_uri())
    director.check_urls(pages)
    found = config["logger"].stats
    return found.number > 0 and not (found.errors or found.warnings_printed or found.internal_errors)


if __name__ == "__main__":
    sys.exit(not check(pathlib.Path(sys.argv[1]), "--external" in sys.argv))
