"""Seeded actions in the API's spelling: messages of every channel, delays, splits, updates, tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generate_conditions import Api, Conditions
from generate_values import ZONES

STATUSES = ("draft", "manual", "live", "disabled")
TRIGGER_TYPES = ("date", "list", "low-inventory", "metric", "price-drop", "scheduled", "segment")
TRIGGER_SUBTYPES = ("custom-object", "legacy-custom-object", "profile-property", "profile-trait")
IMAGE_ORIGINS = ("AI", "API", "APPLICATION", "CLONED", "COMPOSER", "INTEGRATION")
SPLITS = ("action-output-split", "conditional-split", "trigger-split")


class Actions(Conditions):
    """Draws the ``data`` of every kind of action."""

    # ------------------------------------------------------------------ messages

    def email(self) -> Api:
        texts = (
            "from_email",
            "from_label",
            "reply_to_email",
            "cc_email",
            "bcc_email",
            "subject_line",
            "preview_text",
            "name",
        )
        return self.fields(
            {},
            {
                **dict.fromkeys(texts, self.text),
                "template_id": lambda: self.reference("template"),
                "custom_tracking_params": self.tracking,
                "additional_filters": lambda: self.groups("message"),
                "id": self.reference,
            },
            dict.fromkeys(("smart_sending_enabled", "transactional", "add_tracking_params"), self.flag),
        )

    def tracking(self) -> list[Api]:
        return self.few(lambda: {"param": self.text(), "value": self.text()})

    def sms(self) -> Api:
        switches = (
            "shorten_links", "include_contact_card", "add_org_prefix", "add_info_link", "add_opt_out_language", "smart_sending_enabled",
            "sms_quiet_hours_enabled", "transactional", "add_tracking_params",
        )  # fmt: skip
        return self.fields(
            {"body": self.text()},
            {
                "image_id": lambda: self.reference("image"),
                "dynamic_image": self.text,
                "message_hierarchy": lambda: self.few(self.form),
                "custom_tracking_params": self.tracking,
                "template_id": lambda: self.reference("template"),
                "additional_filters": lambda: self.groups("message"),
                "name": self.text,
                "id": self.reference,
            },
            dict.fromkeys(switches, self.flag),
        )

    def form(self) -> Any:
        """One form of a text message: a name, an SMS or an RCS."""
        which = self.random.randrange(5)
        if which == 0:
            return self.text()
        extra = {"extra": lambda: {self.text(): self.free()}}
        if which < 3:
            images = (self._static_image, self._dynamic_image)
            media = {
                "image": self.one(images),
                "media": self.one((self.video, self.video_reference)),
            }
            return self.fields(
                {"message": self.text(), "message_format": "SMS"},
                {**extra, **media},
                {"selected_image": self.image},
            )
        rich = {"message": self.text, "rich_content": self.rich, "image": self.slim_image}
        return self.fields({"message_format": "RCS"}, extra, rich)

    def _static_image(self) -> Api:
        return self.fields({"static_image_asset_id": self.whole()}, {"dynamic": lambda: False})

    def _dynamic_image(self) -> Api:
        return self.fields({"dynamic_image_template": self.text()}, optional={"dynamic": lambda: True})

    def slim_image(self) -> Api:
        return self.fields(
            {},
            {
                "static_image_asset_id": self.whole,
                "dynamic_image_template": self.text,
                "rendered_asset_url": self.text,
            },
        )

    def image(self) -> Api:
        image = {
            "id": self.whole(), "file_path": self.text(), "name": self.text(), "format": self.one(("gif", "jpeg", "jpg", "png", "webp")),
            "file_size": self.whole(), "updated": self.moment(), "url": self.text(), "image_type": self.one(("dynamic", "static")),
        }  # fmt: skip
        return self.fields(image, {"origin": lambda: self.one(IMAGE_ORIGINS), "l10n_key": self.text})

    def video(self) -> Api:
        video = {
            "id": self.reference(),
            "company_id": self.reference(),
            "url": self.text(),
            "name": self.text(),
            "file_size": self.whole(),
        }
        return self.fields(
            video, {"thumbnail_url": self.text, "l10n_key": self.text}, {"media_type": lambda: "video"}
        )

    def video_reference(self) -> Api:
        return self.fields(
            {},
            {"static_asset_id": self.reference, "dynamic_template": self.text},
            {"thumbnail": self.slim_image},
        )

    def rich(self) -> Api:
        lists = {"cards": lambda: self.few(self.card), "suggestions": lambda: self.few(self.suggestion)}
        return self.fields({}, lists, {"file": self.video_reference})

    def suggestion(self) -> Api:
        button = {"id": self.reference(), "text": self.text(), "type": self.one(("OPEN_URL", "REPLY"))}
        modes = ("BROWSER", "WEBVIEW_FULL", "WEBVIEW_HALF", "WEBVIEW_TALL")
        return self.fields(button, {"url": self.text, "open_mode": lambda: self.one(modes)})

    def card(self) -> Api:
        parts = {
            "title": self.text,
            "text": self.text,
            "extra": lambda: {self.text(): self.free()},
            "image": self.one((self.image, self.slim_image)),
            "video": self.one((self.video, self.video_reference)),
            "buttons": lambda: self.few(self.suggestion),
        }
        return self.fields({"id": self.reference()}, parts)

    def push(self) -> Api:
        texts = ("title", "dynamic_image", "video_asset_id", "ios_link", "android_link", "web_url", "name")
        return self.fields(
            {"body": self.text()},
            {
                **dict.fromkeys(texts, self.text),
                "image_id": lambda: self.reference("image"),
                "push_type": lambda: self.one(("silent", "standard")),
                "kv_pairs": self.free_map,
                "conversion_metric_id": lambda: self.reference("metric"),
                "additional_filters": lambda: self.groups("message"),
                "action_buttons": lambda: self.few(self.button),
                "id": self.reference,
            },
            {
                **dict.fromkeys(("sound", "badge", "smart_sending_enabled"), self.flag),
                "badge_options": self.badge,
                "on_open": lambda: self.one(("home", "link", "open_url")),
            },
        )

    def button(self) -> Api:
        button = {
            "label": self.text(),
            "action_type": self.one(("deep_link", "dismiss", "open_app", "open_url")),
        }
        texts = dict.fromkeys(("url", "icon", "custom_action_id"), self.text)
        return self.fields(button, {"position": self.whole, **texts})

    def badge(self) -> Api:
        return self.one(
            (
                {"badge_config": "increment_one"},
                {"badge_config": "set_count", "value": str(self.whole())},
                {"badge_config": "set_property", "set_from_property": self.text()},
            )
        )

    def webhook(self) -> Api:
        more = {"headers": self.free_map, "body": self.text, "name": self.text, "id": self.reference}
        return self.fields({"url": self.spoken_text()}, more)

    def alert(self) -> Api:
        required = {
            "from_email": self.spoken_text(),
            "from_label": self.spoken_text(),
            "to_emails": self.few(self.text, 0, 4),
            "subject_line": self.spoken_text(),
        }
        return self.fields(
            required,
            {"template_id": lambda: self.reference("template"), "name": self.text, "id": self.reference},
        )

    def whatsapp(self) -> Api:
        return self.fields(
            {},
            {
                "id": self.reference,
                "name": self.text,
                "vendor_id": self.reference,
                "additional_filters": lambda: self.groups("message"),
            },
            dict.fromkeys(("smart_sending_enabled", "transactional", "add_tracking_params"), self.flag),
        )

    def message(self, make: Callable[[], Api]) -> Api:
        return self.fields({"message": make()}, optional={"status": self.status}, share=0.85)

    def status(self) -> str:
        return self.one(STATUSES)

    # ------------------------------------------------------------------ delays and updates

    def delay(self) -> Api:
        """A delay that a create body may hold: a time of day only where it counts in days."""
        unit = self.one(("days", "hours", "minutes"))
        out = self.fields(
            {"value": self.whole(), "unit": unit}, optional={"timezone": lambda: self.one(ZONES)}, share=0.8
        )
        if unit == "hours" and self.chance(0.6):
            out["secondary_value"] = self.one((None, 0, 30, 45))
        if unit == "days":
            if self.chance(0.2):
                del out["unit"]
            out |= self.fields(
                {}, {"delay_until_time": self.clock, "delay_until_weekdays": self.weekdays}, share=0.4
            )
        return out

    def target(self) -> Api:
        day = {"target_days": self.weekdays}
        return self.fields({}, day, {"timezone": lambda: self.one(ZONES), "target_time": self.clock})

    def countdown(self) -> Api:
        until = {"delay_until_time": self.clock, "delay_until_weekdays": self.weekdays}
        count = {
            "unit": lambda: self.one(("days", "months", "weeks")),
            "value": self.whole,
            "timezone": lambda: self.one(ZONES),
        }
        return self.fields({}, until, count, share=0.7)

    def update(self) -> Api:
        return self.fields(
            {"profile_operations": self.few(self.operation)}, optional={"status": self.status}, share=0.8
        )

    def operation(self) -> Api:
        kind = self.one(("string", "boolean", "numeric", "date", "list", "delete"))
        if kind == "delete":
            return {"operator": "delete", "property_key": self.text()}
        values: Mapping[str, Callable[[], Any]] = {
            "string": self.text,
            "boolean": self.flag,
            "numeric": self.number,
            "date": lambda: self.one(("today", "2026-02-28")),
            "list": self.text,
        }
        out = {
            "operator": self.one(("create", "update")),
            "property_type": kind,
            "property_key": self.text(),
            "property_value": values[kind](),
        }
        return self.fields(
            out, {"property_operation": lambda: self.one(("add", "remove"))} if kind == "list" else {}
        )

    def list_update(self) -> Api:
        required = {
            "name": self.text(),
            "on_execution": self.one((True, False, None)),
            "list_id": self.one((None, self.reference("list"))),
        }
        return self.fields(required, optional={"status": self.status})

    def service(self) -> Api:
        kind = self.one(("schedule-report", "track-event", "schedule-report-builder-report", "unknown"))
        configuration: Api = {"service_method_type": kind}
        if kind.startswith("schedule"):
            configuration["report_id"] = self.reference()
        if kind == "track-event":
            free = {
                "event_key": self.text,
                "event_payload": lambda: {self.text(): self.free()},
                "tracking_company_id": self.reference,
            }
            configuration = self.fields(configuration, free)
        return self.fields(
            {}, {"service_configuration": lambda: configuration}, {"status": self.status}, share=0.8
        )

    def split(self) -> Api:
        return {"profile_filter": None if self.chance(0.1) else self.groups("message")}

    def output_split(self) -> Api:
        return {"action_output_filter": None if self.chance(0.1) else self.groups("action-output")}

    def trigger_split(self, trigger: Mapping[str, Any]) -> Api:
        """A split on the trigger, mostly the flow's own."""
        own = self.chance(0.7)
        kind = trigger["type"] if own else self.one(TRIGGER_TYPES)
        required = {
            "trigger_filter": None if self.chance(0.1) else self.groups("trigger-split"),
            "trigger_id": (trigger.get("id") or "0") if own else self.reference(),
            "trigger_type": kind,
        }
        subtype = {
            "trigger_subtype": lambda: trigger.get("date_field_type") if own else self.one(TRIGGER_SUBTYPES)
        }
        return self.fields(required, subtype)

    # ------------------------------------------------------------------ tests

    def experiment(self, kinds: tuple[str, ...], winners: tuple[str, ...], *, ab: bool) -> Api:
        """An A/B test or content experiment: what runs now, and the experiment with its variations."""
        kind = self.one(kinds)
        statuses = ("completed", "draft", "live")
        out: Api = {"main_action": self.child(kind)}
        if self.chance(0.9):
            out["current_experiment"] = None if self.chance(0.2) else self.variations(kind, winners, ab=ab)
        word = {"experiment_status": lambda: self.one(statuses)}
        more = {"status": self.status, **(word if ab else {})}
        return self.fields(out, {} if ab else word, more)

    def variations(self, kind: str, winners: tuple[str, ...], *, ab: bool) -> Api:
        children = self.few(lambda: self.child(kind), 0 if self.chance(0.1) else 1, 3)
        keys = [child["temporary_id"] for child in children]
        if self.chance(0.3):
            keys = ["varA", "varB"]
        if self.chance(0.2):
            keys = keys[:1]
        parts: dict[str, Callable[[], Any]] = {
            "name": self.text,
            "allocations": lambda: {key: self.one((0.5, 1, 0.25)) for key in keys},
            "winner_metric": lambda: self.one(winners),
            "started": self.moment,
            "id": self.reference,
        }
        return self.fields(
            {"variations": children},
            parts,
            {"automatic_winner_selection_settings": self.winner} if ab else {},
            share=0.7,
        )

    def winner(self) -> Api:
        required = {"enabled": self.flag(), "automatic_end_statistical_certainty": self.flag()}
        return self.fields(required, {"automatic_end_date": self.moment})

    def child(self, kind: str) -> Api:
        """One message of a test, with an id of its own."""
        name = f"child-{self.random.getrandbits(40):x}"
        out = {"temporary_id": name, "type": kind, "data": self.data(kind, {"type": "metric"})}
        return self.fields(out, optional={"links": lambda: {"next": None}}, share=0.8)

    # ------------------------------------------------------------------ every kind

    def data(self, kind: str, trigger: Mapping[str, Any]) -> Any:
        """The data of one kind of action; a multi-branch split's branches are the flow's business."""
        if kind == "trigger-split":
            return self.trigger_split(trigger)
        return DATA[kind](self)


DATA: Mapping[str, Callable[[Actions], Any]] = {
    "ab-test": lambda m: m.experiment(
        ("send-email", "send-sms"),
        ("submission", "unique-clicks", "unique-opens", "unique-placed-orders"),
        ab=True,
    ),
    "action-output-split": Actions.output_split,
    "back-in-stock-delay": lambda _: None,
    "code": lambda m: m.one((None, {"note": m.text(), "more": m.free()})),
    "conditional-split": Actions.split,
    "content-experiment": lambda m: m.experiment(
        ("send-mobile-push", "send-whatsapp"), ("click-rate", "open-rate"), ab=False
    ),
    "countdown-delay": Actions.countdown,
    "internal-service": Actions.service,
    "list-update": Actions.list_update,
    "send-email": lambda m: m.message(m.email),
    "send-internal-alert": lambda m: m.message(m.alert),
    "send-mobile-push": lambda m: m.message(m.push),
    "send-sms": lambda m: m.message(m.sms),
    "send-webhook": lambda m: m.message(m.webhook),
    "send-whatsapp": lambda m: m.message(m.whatsapp),
    "target-date": Actions.target,
    "time-delay": Actions.delay,
    "update-profile": Actions.update,
}
ACTION_KINDS = tuple(sorted({*DATA, "multi-branch-split", "trigger-split"}))
