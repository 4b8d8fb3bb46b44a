"""Invents the people of an account: the team, its departments and applications, and customers."""

# ruff: noqa: RUF001 - names are in their own alphabets
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

    from simulator.records import Records

BOT_ID = 2
_TEAM = {"Ira Koval": "admin", "Petro Sample": "agent", "Hanna Beispiel": "agent", "Marek Testowy": "agentChatOnly"}
_TEAM |= {"Yuki Rei": "agent", "Salma Mithal": "superviser"}
_DEPARTMENTS = ("Support", "Billing", "Продажі")
_APPLICATIONS = {"web": "Shop widget", "android": "Shop for Android", "telegram": "Shop bot"}
# (language, country, region, city, time zone, given names)
_PLACES = (
    ("en", "GB", "RIV", "Riverton", "Europe/London", ("Alex", "Robin", "O'Test", 'Jo "J" X')),
    ("en", "GB", "RIV", "Riverton", "Europe/London", ("Casey", "Max", "Lee", "Kim")),
    ("uk", "UA", "30", "Київ", "Europe/Kyiv", ("Олена", "Тарас", "Ганна", "Юрій")),
    ("pl", "PL", "MZ", "Warszawa", "Europe/Warsaw", ("Zażółć", "Łukasz", "Świętosława")),
    ("de", "DE", "BE", "Berlin", "Europe/Berlin", ("Jürgen", "Käthe", "Mia")),
    ("ja", "JP", "13", "東京", "Asia/Tokyo", ("さくら", "太郎")),
    ("ar", "EG", None, "القاهرة", "Africa/Cairo", ("ليلى", "كريم")),
)
_FAMILIES = ("Sample", "Example", "Tester", "Mustermann", "Приклад", "例")
_TAGS = ("lead", "vip", "wholesale", "Повернення", "beta tester")
_COLOURS = ("#00c2e0", "#f00", "rgb(12, 34, 56)", "orange")
_MESSENGERS = ("telegram", "facebook", "instagram", "viber", "whatsapp")
_CUSTOM_DATA: tuple[dict[str, Any], ...] = (
    {},
    {"plan": "pro", "seats": 3},
    {"vip": True, "last_payment": 1_717_000_000},
    {"since": "2024-05-01 10:00:00", "note": 'says "hi"'},
)
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) Example/1.0"


def employ(account: Records) -> None:
    """Give the account its team, departments and applications."""
    account.add_agent("HelpBot", "helpbot@example.test", "admin", id=BOT_ID)
    team = [account.add_agent(name, role=role) for name, role in _TEAM.items()]
    for index, name in enumerate(_DEPARTMENTS):
        account.add_department(name, team[index :: len(_DEPARTMENTS)])
    for kind, shown in _APPLICATIONS.items():
        account.add_application(f"shop-{kind}", shown, type=kind, active=kind != "android")


def describe(rng: random.Random, index: int) -> dict[str, Any]:
    """Return the fields of an invented customer, except times."""
    language, country, region, city, zone, names = rng.choice(_PLACES)
    chance = rng.random()
    given = rng.choice(names)
    messenger = rng.choice(_MESSENGERS) if rng.random() < 0.15 else None  # noqa: PLR2004
    fields: dict[str, Any] = {
        "name": None if chance < 0.12 else f"{given} {rng.choice(_FAMILIES)}",  # noqa: PLR2004
        "email": f"customer.{index}@example.test" if rng.random() < 0.7 else None,  # noqa: PLR2004
        "user_id": f"shop_{index}" if rng.random() < 0.4 else None,  # noqa: PLR2004
        "company": f"Company {index % 17} & Sons" if rng.random() < 0.2 else None,  # noqa: PLR2004
        "phone": f"+00000{index:06}" if rng.random() < 0.2 else None,  # noqa: PLR2004
        "location": {"regionCode": region, "countryCode": country, "city": city},
        "unsubscribed": rng.random() < 0.05,  # noqa: PLR2004
        "blocked": rng.random() < 0.01,  # noqa: PLR2004
        "locale": language,
        "created_from": messenger,
        "integration_id": None if messenger is None else str(100_000_000 + index),
        "notes": "prefers phone" if rng.random() < 0.05 else None,  # noqa: PLR2004
        "tags": [
            {"name": tag, "color": rng.choice(_COLOURS)} for tag in rng.sample(_TAGS, rng.choice((0, 0, 0, 1, 2)))
        ],
        "custom_data": dict(rng.choice(_CUSTOM_DATA)),
    }
    if messenger is None:
        address, platform = f"203.0.113.{index % 250 + 1}", rng.choice(("desktop", "mobile"))
        device = {"id": 900 + index, "ip": address, "timezone": zone, "platform": platform, "userAgent": _AGENT}
        fields |= {"device": device, "referer": rng.choice((None, "https://search.example.test/?q=cup"))}
        fields |= {"source": "https://shop.test/?utm_source=mail", "last_page": "https://shop.test/cart"}
    return fields
