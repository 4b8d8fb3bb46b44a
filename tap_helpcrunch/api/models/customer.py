"""The vendor's customer model (articles "Customer model", "Get customers", "Search for customers")."""

from __future__ import annotations

from singer_sdk import typing as th

from tap_helpcrunch.api.models import fields
from tap_helpcrunch.api.values import Model

CUSTOMER = Model(
    "customers",
    th.PropertiesList(
        fields.key("Customer ID", "The customer's identifier; chats.customer.id joins it. Documented, never null."),
        fields.text("name", "Name", "The customer's name. Documented."),
        fields.text("email", "E-mail", "The customer's e-mail address. Documented."),
        fields.text("userId", "User ID", "The customer's identifier in your own system. Documented."),
        fields.text("company", "Company", "The customer's company. Documented."),
        fields.text("phone", "Phone", "The customer's telephone number. Documented."),
        fields.time("firstSeen", "First seen", "The first visit; null for a customer who was never seen. Documented."),
        fields.time(
            "lastSeen",
            "Last seen",
            "The last visit; null for a customer who was never seen. Edits of the profile presumably do not change it. "
            "Documented.",
        ),
        th.Property(
            "location",
            th.ObjectType(
                fields.text("regionCode", "Region code", "The region's code."),
                fields.text("countryCode", "Country code", "ISO 3166-1 alpha-2."),
                fields.text("city", "City", "The city's name."),
            ),
            title="Location",
            description="Where the last visit came from. Documented.",
        ),
        th.Property(
            "device",
            th.ObjectType(
                fields.number("id", "Device ID", "The device's identifier."),
                fields.text("ip", "IP address", "The IP address of the last visit."),
                fields.text("timezone", "Time zone", "An IANA name."),
                fields.text("platform", "Platform", "desktop, mobile ...; an open set."),
                fields.text("userAgent", "User agent", "The browser's User-Agent."),
            ),
            title="Device",
            description="The device of the last visit; null for imported and messenger customers. Documented.",
        ),
        fields.flag("unsubscribed", "Unsubscribed", "Whether the customer has unsubscribed from e-mails. Documented."),
        fields.flag("blocked", "Blocked", "Whether the customer is blocked. Documented."),
        fields.text("source", "Source", "The address of the first page visited. Documented."),
        fields.text("referer", "Referer", "Where the customer came from. Documented."),
        fields.text("lastPage", "Last page", "The address of the last page visited. Documented."),
        fields.text("locale", "Locale", "The language code. Documented."),
        fields.text("notes", "Notes", "What agents noted about the customer. Documented."),
        fields.text(
            "createdFrom",
            "Created from",
            "telegram, instagram ...; an open set. Documented in newer versions of the API.",
        ),
        fields.text(
            "integrationId", "Integration ID", "The customer's identifier in a messenger. Documented in newer versions."
        ),
        th.Property(
            "tags",
            th.ArrayType(
                th.ObjectType(
                    fields.text("name", "Name", "The tag's name."), fields.text("color", "Color", "A CSS colour.")
                )
            ),
            title="Tags",
            description="The customer's tags. Documented.",
        ),
        th.Property(
            "customData",
            th.ObjectType(additional_properties=True),
            title="Custom data",
            description="Your own attributes: texts, numbers, booleans. An object here, although one documented form "
            "is a list of property and value; of equal properties the last wins.",
        ),
    ),
)
