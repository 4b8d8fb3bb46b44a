# /// script
# dependencies = ["singer-sdk==0.54.9"]
# ///
"""SDK template, flat state: with the one line that avoids a state for each chat."""

from __future__ import annotations

from sdk_template import MessagesStream, main

MessagesStream.state_partitioning_keys = ()

if __name__ == "__main__":
    main()
