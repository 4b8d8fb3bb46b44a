"""Stands in for a Snowflake account: `python snowflake_standin.py DATABASE CERTIFICATE`.

It is fakesnow's server on loopback, and beside it what target-snowflake loads by: fakesnow 0.12 knows no user's stage,
reads no staged file in a query, and has neither REMOVE nor DROP FILE FORMAT. The port goes to stdout; then each line of
stdin is a query in JSON, and its answer a line of JSON on stdout.
"""

import importlib
import json
import re
import shutil
import socket
import sys
import threading
import typing as t

STAGE = "OWN.OWN.OWN"  # stands for @~
FORMATS = "_fs_global._fs_information_schema._fs_file_formats"
PUT = re.compile(r"put ('[^']*') '@~/([^']*)'")
MERGE = re.compile(
    r"(?P<head>merge into .* d using )\((?P<select>select .*) from '@~/(?P<path>[^']*)'\(file_format => [^)]*\) "
    r"QUALIFY ROW_NUMBER\(\) OVER \(PARTITION BY (?P<keys>.*) ORDER BY SEQ8\(\) DESC\) = 1\) (?P<rest>s on .*)"
)
REMOVE = re.compile(r"remove '@~/([^']*)/'")
DROP = re.compile(r'drop file format if exists (\w+)\.(\w+)\."([^"]*)"')


def main() -> None:
    """Serve, and answer, until stdin ends."""
    served = importlib.import_module("fakesnow.server")
    cursor_class = importlib.import_module("fakesnow.cursor").FakeSnowflakeCursor
    parse_one = importlib.import_module("fakesnow.dialect").parse_one
    stage = importlib.import_module("fakesnow.transforms").stage
    uvicorn = importlib.import_module("uvicorn")
    execute, connect = cursor_class.execute, served.shared_fs.connect

    def run(cursor: t.Any, command: str, *given: t.Any, **options: t.Any) -> t.Any:
        duckdb = cursor._duck_conn
        if put := PUT.fullmatch(command):
            command = f"put {put[1]} @{STAGE}/{put[2]}"
        elif merge := MERGE.fullmatch(command):
            files = stage.internal_dir(STAGE, merge["path"]) + "/*"
            duckdb.execute(
                "create or replace temp table staged as select json as v, row_number() over () as n "
                "from read_json_objects(?, format = 'newline_delimited')",
                [files],
            )
            # A cast of a variant to a variant leaves it as it is, JSON's null too; fakesnow's makes SQL's of that.
            select = merge["select"].replace("$1:", "v:").replace("::VARIANT", "") + ", n from temp.main.staged"
            cast = cursor._transform(parse_one(select), None).sql(dialect="duckdb")
            duckdb.execute(
                f"create or replace temp table latest as select * from ({cast}) "  # noqa: S608
                f"qualify row_number() over (partition by {merge['keys']} order by n desc) = 1"
            )
            command = f"{merge['head']}temp.main.latest {merge['rest']}"
        elif gone := REMOVE.fullmatch(command):
            shutil.rmtree(stage.internal_dir(STAGE, gone[1]), ignore_errors=True)
            command = "select 'removed' as status"
        elif dropped := DROP.fullmatch(command):
            where = "(database_name, schema_name, name) = (?, ?, ?)"
            duckdb.execute(f"delete from {FORMATS} where {where}", dropped.groups())  # noqa: S608
            command = "select 'dropped' as status"
        return execute(cursor, command, *given, **options)

    cursor_class.execute = run
    # A session is in PUBLIC until it says otherwise, as at Snowflake.
    served.shared_fs.connect = lambda database, schema=None, **given: connect(database, schema or "PUBLIC", **given)
    own = served.shared_fs.connect(sys.argv[1])
    own.cursor().execute(f"create stage {STAGE}")
    server = uvicorn.Server(uvicorn.Config(served.app, log_level="warning", ssl_certfile=sys.argv[2]))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=server.run, args=([listening],), daemon=True).start()
        _say(listening.getsockname()[1])
        for line in sys.stdin:
            cursor = own.cursor().execute(json.loads(line))
            names = [column[0].lower() for column in cursor.description]
            _say([dict(zip(names, row, strict=True)) for row in cursor.fetchall()])


def _say(what: t.Any) -> None:
    print(json.dumps(what, default=str), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
