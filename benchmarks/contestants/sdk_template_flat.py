"""The SDK template's tap with the one line that spares a state for each chat."""

from __future__ import annotations

from sdk_template import MessagesStream, TapTemplate

MessagesStream.state_partitioning_keys = ()

if __name__ == "__main__":
    TapTemplate.cli()
