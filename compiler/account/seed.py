"""Fills an empty account with one believable brand, the same for the same seed and moment."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from compiler.account.brand import catalog
from compiler.account.brand.campaigns import campaigns, write_campaign
from compiler.account.brand.conditions import Names
from compiler.account.brand.flows import flows
from compiler.account.brand.people import VALUED, Person, draw_deeds, draw_people, predictions
from compiler.account.brand.segments import segments
from compiler.account.edits import write_flow
from compiler.account.identity import name_account
from compiler.account.membership import fill_segment
from compiler.account.routes.tagging import tag_resource
from compiler.account.routes.tags import default_group, new_uuid
from compiler.account.settings import Switches
from compiler.account.store import Store, counts_of
from compiler.account.view import View
from compiler.diagnostics import Fatal

PROFILES, EVENTS = 20_000, 300_000
SMALL_PROFILES, SMALL_EVENTS = 300, 3_000
QUIET = 200  # days since anybody joined a segment that stands still


def seed(store: Store, *, seed: int, now: datetime, small: bool = False) -> dict[str, int]:
    """Fill the account; return how much of each it then holds. ``small`` has 300 profiles and 3,000 events.

    ``now`` is aware; everything is dated before it. Raises ``Fatal`` when the account holds anything already.
    """
    people, deeds = (SMALL_PROFILES, SMALL_EVENTS) if small else (PROFILES, EVENTS)
    with store.writing(now.timestamp()) as view:
        if view.rows("metric") or view.rows("flow"):
            raise Fatal(f"{store.path} is not empty: reset the account before seeding it")
        brand = Brand(view, store.switches_of(view), Random(seed), now.astimezone(UTC))  # noqa: S311 - a made-up brand
        brand.fill(f"seed-{seed}", people, deeds)
        return counts_of(view)


class Brand:
    """Writes the brand into one account."""

    def __init__(self, view: View, switches: Switches, random: Random, now: datetime) -> None:
        self.view = view
        self.switches = switches
        self.random = random
        self.now = now
        self.names = Names({}, {}, {}, {})

    def stamp(self, days: float) -> str:
        """Return the moment so many days from now (negative: ago) as the API writes it."""
        return (self.now + timedelta(days=days)).isoformat(timespec="seconds")

    def dated(self, least: int = 30, most: int = 700) -> dict[str, str]:
        """Return when something was created and last changed."""
        created = self.random.uniform(least, most)
        return {"created": self.stamp(-created), "updated": self.stamp(-self.random.uniform(1, created))}

    def fill(self, salt: str, people: int, deeds: int) -> None:
        """Write everything, in the order in which things refer to each other."""
        name_account(self.view, salt, **self.identity())
        metrics = self.metrics()
        lists = {name: self.put("list", name, {"opt_in_process": "double_opt_in"}) for name in catalog.LISTS}
        templates = {
            letter.name: self.put(
                "template",
                letter.name,
                {"editor_type": "CODE", "html": letter.html, "text": letter.text, "amp": None},
            )
            for letter in catalog.LETTERS
        }
        self.names = Names(metrics, lists, {}, templates)
        self.images()
        self.people(people, deeds)
        self.names = Names(metrics, lists, self.segments(), templates)
        self.flows()
        for campaign in campaigns():
            write_campaign(self.view, self.names, campaign, self.now)
        self.tags()

    def identity(self) -> dict[str, Any]:
        """Return what the account says of itself."""
        contact = {
            "default_sender_name": catalog.SENDER[0],
            "default_sender_email": catalog.SENDER[1],
            "website_url": "https://fernandtide.example",
            "organization_name": catalog.ORGANISATION,
            "street_address": {
                "address1": "4 Harbour Walk",
                "address2": None,
                "city": "Portland",
                "region": "ME",
                "country": "United States",
                "zip": "04101",
            },
        }
        return {"contact_information": contact, "industry": "Food, Beverage", "timezone": catalog.TIMEZONE}

    def put(self, kind: str, name: str, body: dict[str, Any]) -> str:
        """Store a resource with a fresh id, and return it."""
        identifier = self.view.new_id(kind)
        self.view.put(kind, identifier, {"name": name, **self.dated(), **body}, parent="")
        return identifier

    def metrics(self) -> dict[str, str]:
        """Write metrics and the mapped ones; return ids by name, and by "name/integration"."""
        ids: dict[str, str] = {}
        for integration, names in catalog.METRICS.items():
            origin = {
                "object": "integration",
                "id": self.view.new_id("integration"),
                "name": integration,
                "category": catalog.INTEGRATIONS[integration],
            }
            for name in names:
                identifier = self.put("metric", name, {"integration": origin})
                ids.setdefault(name, identifier)
                ids[f"{name}/{integration}"] = identifier
        for mapped, name in catalog.MAPPED.items():
            self.view.put(
                "mapped-metric", mapped, {"metric": ids[name], "updated": self.stamp(-400)}, parent=""
            )
        return ids

    def images(self) -> None:
        """Write the images."""
        for name in catalog.IMAGES:
            url = f"https://images.fernandtide.example/{name.lower().replace(' ', '-')}.png"
            body = {"image_url": url, "format": "png", "size": 48_000, "hidden": False}
            self.put("image", name, body | {"updated_at": self.stamp(-200)})

    def people(self, count: int, deeds: int) -> None:
        """Write profiles, their events, and who is in which list."""
        people = draw_people(self.random, count, self.now)
        orders: dict[str, list[tuple[int, float]]] = defaultdict(list)
        rows: list[tuple[Any, ...]] = []
        drawn = sorted(draw_deeds(self.random, people, deeds), key=lambda deed: deed.at)
        for number, deed in enumerate(drawn):
            metric = self.names.metrics[deed.what]
            rows.append((f"e{number:010}", metric, deed.who, deed.at, deed.value, deed.properties))
            if deed.what in VALUED[:2] and deed.value is not None:
                orders[deed.who].append((deed.at, deed.value))
        self.view.connection.executemany(
            "INSERT INTO events (id, metric, profile, at, value, properties) VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
        self.view.connection.executemany(
            "INSERT INTO profiles (id, email, phone_number, external_id, created, updated, body) "
            "VALUES (?, ?, ?, NULL, ?, ?, ?)",
            [self.profile_row(person, orders.get(person.id, [])) for person in people],
        )
        self.view.connection.executemany(
            "INSERT INTO members VALUES ('list', ?, ?, ?)",
            [row for person in people for row in self.list_rows(person)],
        )

    def profile_row(self, person: Person, orders: list[tuple[int, float]]) -> tuple[Any, ...]:
        """Return a profile's columns."""
        body = dict(person.body)
        if orders:
            body["predictive_analytics"] = predictions(orders, self.now)
        created, seen = (moment.isoformat(timespec="seconds") for moment in (person.created, person.seen))
        return (person.id, person.email, person.phone_number, created, seen, json.dumps(body))

    def list_rows(self, person: Person) -> list[tuple[str, str, str]]:
        """Return the lists that a person is in, and since when."""
        chances = {"Newsletter": 0.7, "Tea Club": 0.12, "Pop-up Form": 0.3, "Checkout Opt-in": 0.25}
        joined = person.created.isoformat(timespec="seconds")
        rows = []
        for name, identifier in self.names.lists.items():
            chance = chances.get(name, 0.02)
            if name == "SMS Subscribers":
                chance = 1.0 if person.phone_number else 0.0
            if self.random.random() < chance:
                rows.append((identifier, person.id, joined))
        return rows

    def segments(self) -> dict[str, str]:
        """Write segments with their members, who joined when they were last seen; return ids by name."""
        ids = {}
        for number, kept in enumerate(segments(self.names, self.now)):
            touched = kept.touched or self.random.uniform(100, 360)
            ids[kept.name] = self.put("segment", kept.name, kept.body(self.now, 700 - 4 * number, touched))
            fill_segment(self.view, ids[kept.name], kept.definition, self.now)
        self.view.connection.execute(
            "UPDATE members SET joined = (SELECT updated FROM profiles WHERE id = profile) WHERE family = 'segment'"
        )
        for kept in segments(self.names, self.now):
            if kept.still:
                self.view.connection.execute(
                    "UPDATE members SET joined = min(joined, ?) WHERE held_by = ?",
                    (self.stamp(-QUIET), ids[kept.name]),
                )
        return ids

    def flows(self) -> None:
        """Write the flows, all live, and what was counted of their messages."""
        for name, definition in flows(self.names):
            created = self.stamp(-self.random.uniform(90, 600))
            identifier = write_flow(self.view, self.switches, created, name, definition)
            for action in self.view.rows("flow-action", parent=identifier):
                for message in self.view.rows("flow-message", parent=action.id):
                    self.view.put("flow-message", message.id, message.body | {"figures": self.figures()})

    def figures(self) -> dict[str, float]:
        """Return believable counts of a message."""
        sent = self.random.randint(80, 4_000)
        delivered = int(sent * self.random.uniform(0.96, 0.995))
        opens, clicks = int(delivered * 0.42), int(delivered * 0.05)
        conversions = int(clicks * 0.2)
        return {
            "recipients": sent,
            "delivered": delivered,
            "bounced": sent - delivered,
            "opens": opens + opens // 3,
            "opens_unique": opens,
            "clicks": clicks + clicks // 4,
            "clicks_unique": clicks,
            "conversions": conversions,
            "conversion_uniques": conversions,
            "conversion_value": round(conversions * 43.5, 2),
            "unsubscribes": delivered // 400,
            "unsubscribe_uniques": delivered // 400,
        }

    def tags(self) -> None:
        """Write the tags, and put them on every third flow and segment."""
        group = default_group(self.view)
        ids = []
        for name in catalog.TAGS:
            identifier = new_uuid(self.view)
            self.view.put("tag", identifier, {"name": name, "group": group}, parent="")
            ids.append(identifier)
        for kind in ("flow", "segment"):
            for n, row in enumerate(self.view.rows(kind)):
                if n % 3 == 0:
                    tag_resource(self.view, ids[n % len(ids)], kind, row.id)
