"""The small streams, each with the fields of its rows: agents, departments, applications, organization."""

from __future__ import annotations

from singer_sdk import typing as th

from tap_helpcrunch.api.models import fields
from tap_helpcrunch.api.values import Model
from tap_helpcrunch.streams.reference import ListingStream, ObjectStream


class AgentsStream(ListingStream):
    """The team's members."""

    name = "agents"
    model = Model(
        "agents",
        th.PropertiesList(
            fields.key("Agent ID", "The agent's identifier. Documented."),
            fields.text("name", "Name", "The agent's name. Documented."),
            fields.text("email", "E-mail", "The agent's e-mail address. Documented."),
            fields.text(
                "role",
                "Role",
                "agentChatOnly, agent, superviser (the vendor's spelling), admin, or a custom role. Documented.",
            ),
        ),
    )


class DepartmentsStream(ListingStream):
    """The departments, each with its agents. A documented 404 means that there are none."""

    name = "departments"
    may_be_missing = True
    model = Model(
        "departments",
        th.PropertiesList(
            fields.key("Department ID", "The department's identifier. Documented."),
            fields.text("name", "Name", "The department's name. Documented."),
            th.Property(
                "agents", th.ArrayType(fields.AGENT), title="Agents", description="The department's agents. Documented."
            ),
        ),
    )


class ApplicationsStream(ListingStream):
    """The widgets, apps and messengers through which chats come in. Not every account or key may read them."""

    name = "applications"
    may_be_missing = True
    model = Model(
        "applications",
        th.PropertiesList(
            fields.key("Application ID", "The application's identifier; chats.applicationId joins it."),
            fields.text(
                "name", "Name", "The technical name. From a client's description: the vendor's page could not be read."
            ),
            fields.text("displayName", "Display name", "The name that people see. From a client's description."),
            fields.flag("active", "Active", "Whether the application is in use. From a client's description."),
            fields.text(
                "type", "Type", "Web widget, iOS or Android app, messenger integration. From a client's description."
            ),
        ),
    )


class OrganizationStream(ObjectStream):
    """The account itself: one row. Not every key may read it."""

    name = "organization"
    may_be_missing = True
    model = Model(
        "organization",
        th.PropertiesList(
            fields.key("Organization ID", "The organization's identifier. Documented."),
            fields.text("domain", "Domain", "The subdomain at HelpCrunch. Documented."),
            fields.flag("teamOnline", "Team online", "Whether the team is online now. Documented."),
            fields.flag("chatEnabled", "Chat enabled", "Whether the chat is switched on. Documented."),
        ),
    )


SMALL = (AgentsStream, DepartmentsStream, ApplicationsStream, OrganizationStream)
