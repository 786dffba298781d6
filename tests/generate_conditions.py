"""Seeded filters and conditions in the API's spelling: every filter shape, consent and permission variant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generate_values import Values

Api = dict[str, Any]
TEXT_OPERATORS = (
    "equals", "not-equals", "contains", "not-contains", "starts-with", "not-starts-with", "ends-with", "not-ends-with", "regex", "nregex",
)  # fmt: skip
COMPARISONS = (
    "equals",
    "not-equals",
    "greater-than",
    "greater-than-or-equal",
    "less-than",
    "less-than-or-equal",
)
LENGTHS = (
    "length-equals",
    "length-greater-than",
    "length-greater-than-or-equal",
    "length-less-than",
    "length-less-than-or-equal",
)
SETS = ("contains-all", "contains-any", "not-contains-all", "not-contains-any")
UNITS = ("hour", "day", "week")
ANY_DATE = (
    "date",
    "date-range",
    "relative",
    "anniversary-relative",
    "relative-range",
    "calendar",
    "anniversary",
)
EVENT = (
    "text",
    "text-set",
    "number",
    "number-range",
    "boolean",
    *ANY_DATE,
    "list",
    "list-length",
    "existence",
)
SUPPRESSION = ("bounce_date", "manual_suppression_date", "invalid_email_date")

# What each filter of a marketing consent may say: its field (or method), and the shapes of the filter beside it.
DETAILS: Mapping[str, tuple[str, str | None, tuple[str, ...], bool]] = {
    "double": ("is_double_opt_in", None, ("boolean",), True),
    "when": ("status_date", None, ANY_DATE, True),
    "source": ("custom_source", None, ("text-equals",), True),
    "rcs": ("is_rcs_capable", None, ("boolean",), True),
    **{name: (name, None, (*ANY_DATE, "is-set"), True) for name in SUPPRESSION},
    "form": ("method", "form", ("text-in",), False),
    "api": ("method", "api", ("text-in",), False),
    "import": ("method", "manual_import", ("text-in",), False),
    "add": ("method", "manual_add", ("text-in",), False),
    "page": ("method", "preference_page", ("text-equals",), False),
    "shopify": ("method", "integration", ("shopify",), True),
    "constant-contact": ("method", "integration", ("constant-contact",), True),
}
BARE_METHODS = (
    "inbound_message", "back_in_stock", "sftp", "preference_page", "manual_remove", "spam_complaint", "mailbox_provider", "one_click_unsubscribe",
    "manual_import", "data_warehouse_import", "profile_modification", "checkout", "bulk_remove", "carrier_deactivation", "provided_landline",
    "message_blocked", "provided_no_age", "failed_age_gate",
)  # fmt: skip
EMAIL_OFF = (
    "inbound_message",
    "preference_page",
    "manual_remove",
    "spam_complaint",
    "mailbox_provider",
    "one_click_unsubscribe",
    "manual_import",
    "sftp",
    "data_warehouse_import",
    "profile_modification",
)
SMS_OFF = (
    "manual_remove",
    "bulk_remove",
    "checkout",
    "inbound_message",
    "preference_page",
    "sftp",
    "carrier_deactivation",
    "provided_landline",
    "message_blocked",
    "provided_no_age",
    "failed_age_gate",
)
# (channel, may be sent to, subscription): sets of details, one of which the filters come from; whether they are required.
CONSENTS: tuple[tuple[str, bool, str, tuple[tuple[str, ...], ...], bool], ...] = (
    ("email", True, "any", (), False),
    ("email", True, "subscribed", (("double", "when", "source", "form", "page", "api", "import", "add", "shopify", "inbound_message", "back_in_stock", "sftp"),), False),
    ("email", True, "never_subscribed", (), False),
    ("email", False, "any", (SUPPRESSION,), False),
    ("email", False, "unsubscribed", (("when", "api", "constant-contact", *EMAIL_OFF), SUPPRESSION), False),
    ("email", False, "never_subscribed", (SUPPRESSION,), True),
    ("email", False, "subscribed", (SUPPRESSION,), True),
    ("sms", True, "subscribed", (("when", "form", "import", "add", "shopify", "rcs", "checkout", "inbound_message", "preference_page", "sftp"),), False),
    ("sms", False, "any", (), False),
    ("sms", False, "unsubscribed", (("when", "form", "import", "add", "shopify", *SMS_OFF),), False),
    ("sms", False, "never_subscribed", (), False),
    ("push", True, "any", (("when",),), False),
    ("push", False, "any", (), False),
)  # fmt: skip
NULL_FILTERS = (
    ("email", True, "any"),
    ("email", True, "never_subscribed"),
)  # a null is legal where no filters are
PERMISSION_METHODS = (
    "api", "back_in_stock", "bigcommerce", "bulk_remove", "campaign_monitor", "carrier_deactivation", "checkout", "constant_contact", "exact_target", "facebook",
    "failed_age_gate", "inbound_message", "integration", "mad_mimi", "magento_two", "mailbox_provider", "manual_add", "manual_import", "manual_remove",
    "message_blocked", "netsuite", "preference_page", "provided_landline", "provided_no_age", "sftp", "shopify", "social_instagram_message",
    "spam_complaint", "square", "wix", "woocommerce",
)  # fmt: skip
PREDICTED_NUMBERS = (
    "average_days_between_orders", "average_order_value", "churn_probability", "historic_clv", "historic_number_of_orders", "predicted_clv",
    "predicted_number_of_orders", "total_clv",
)  # fmt: skip
WINDOWS = ("DAYS_1", "DAYS_180", "DAYS_3", "DAYS_30", "DAYS_5", "DAYS_90", "HOURS_1", "WEEKS_1", "YEARS_1")
PROFILE_KINDS = (
    "profile-property", "profile-group-membership", "profile-region", "profile-postal-code-distance", "profile-predictive-analytics",
    "profile-marketing-consent", "profile-metric", "profile-has-custom-object", "profile-permissions",
)  # fmt: skip
MESSAGE_KINDS = (
    *PROFILE_KINDS,
    "profile-sample",
    "profile-not-sent-email",
    "profile-not-sent-sms",
    "profile-not-sent-push",
)
SITE_KINDS: Mapping[str, tuple[str, ...]] = {
    "segment": (*PROFILE_KINDS, "profile-metric-funnel"),
    "flow-filter": (*MESSAGE_KINDS, "profile-not-in-flow"),
    "message": MESSAGE_KINDS,
    "branch": (*MESSAGE_KINDS, "metric-property", "custom-object-trigger-property"),
    "metric-trigger": ("metric-property",),
    "price-drop-trigger": ("price-drop-property",),
    "low-inventory-trigger": ("low-inventory-property",),
    "trigger-split": (
        "metric-property",
        "custom-object-trigger-property",
        "custom-object-property",
        "price-drop-property",
        "low-inventory-property",
    ),
    "action-output": ("action-output",),
}
CONDITION_KINDS = tuple(sorted({kind for kinds in SITE_KINDS.values() for kind in kinds}))


class Conditions(Values):
    """Draws filters and conditions as the API holds them."""

    # ------------------------------------------------------------------ filters

    def filter(self, *shapes: str) -> Api:
        """One filter of one of the shapes."""
        return FILTERS[self.one(shapes)](self)

    def dated(self, operator: str, **members: Any) -> Api:
        return {"type": "date", "operator": operator, **members}

    def spoken_text(self) -> str | None:
        return None if self.chance(0.1) else self.text()

    def sought(self) -> str | None:
        """What a text is compared with: seldom nothing, seldom the name of a flow or list whose id is meant."""
        return (
            self.placeholder(self.one(("flow", "list", "form")))
            if self.chance(self.named / 3)
            else self.spoken_text()
        )

    def listed(self) -> Api:
        value = self.one((None, self.text(), self.text(), self.whole(), str(self.whole())))
        return {"type": "list", "operator": self.one(("contains", "not-contains")), "value": value}

    # ------------------------------------------------------------------ conditions

    def groups(self, site: str) -> Api:
        """The condition groups of one site; some empty, some with alternatives."""
        return {
            "condition_groups": self.few(
                lambda: {"conditions": self._alternatives(site)}, 0 if self.chance(0.1) else 1, 3
            )
        }

    def _alternatives(self, site: str) -> list[Api]:
        return self.few(
            lambda: self.condition(site), 0 if self.chance(0.05) else 1, 1 if self.chance(0.7) else 3
        )

    def condition(self, site: str, kind: str | None = None) -> Api:
        """One condition that may stand at a site."""
        kind = kind or self.one(SITE_KINDS[site])
        return {"type": kind, **MAKERS[kind](self, site)}

    def _property(self, _: str) -> Api:
        shapes = (
            "text",
            "text-set",
            "phone",
            "number",
            "boolean",
            *ANY_DATE,
            "list",
            "list-length",
            "existence",
        )
        return {
            "property": self.one(("$city", "Plan", "Birthday", self.text())),
            "filter": self.filter(*shapes),
        }

    def _membership(self, _: str) -> Api:
        out: Api = {"is_member": self.flag(), "group_ids": self.few(lambda: self.reference("group"), 1)}
        if out["is_member"] and self.chance(0.5):
            out["timeframe_filter"] = (
                None if self.chance(0.2) else self.filter("date", "date-range", "relative", "relative-range")
            )
        return out

    def _region(self, _: str) -> Api:
        return {"in_region": self.flag(), "region": self.one(("european_union", "united_states"))}

    def _distance(self, _: str) -> Api:
        operator = self.one(("greater-than", "less-than"))
        return {
            "country_code": self.one(("US", "NO", "DE")),
            "postal_code": self.one(("02118", "1010", self.text())),
            "unit": self.one(("kilometers", "miles")),
            "filter": {"type": "numeric", "operator": operator, "value": self.number()},
        }

    def _predictive(self, _: str) -> Api:
        which = self.random.randrange(5)
        if which == 0:
            return {"dimension": "expected_date_of_next_purchase", "filter": self.filter(*ANY_DATE)}
        if which == 1:
            gender = {
                "type": "string",
                "operator": self.one(("equals", "not-equals")),
                "value": self.one(("likely_female", "likely_male", "uncertain")),
            }
            return {"dimension": "predicted_gender", "filter": gender}
        if which == 2:
            return {"dimension": self.one(PREDICTED_NUMBERS), "filter": self.filter("number")}
        channel = {
            "dimension": "channel_affinity",
            "predicted_channel": self.one(("email", "push", "sms", "whatsapp")),
        }
        if which == 3:
            return {
                **channel,
                "measurement": "priority",
                "filter": {"type": "numeric", "operator": "equals", "value": self.whole()},
            }
        rank = {
            "type": "string",
            "operator": self.one(("equals", "not-equals")),
            "value": self.one(("high", "low", "medium")),
        }
        return {**channel, "measurement": "rank", "filter": rank}

    def _consent(self, _: str) -> Api:
        return self.consent(self.random.randrange(len(CONSENTS)))

    def consent(self, index: int) -> Api:
        """The marketing consent of one row of CONSENTS."""
        channel, allowed, subscription, sets, required = CONSENTS[index]
        status: Api = {"subscription": subscription}
        if sets and (required or self.chance(0.6)):
            details = self.one(sets)
            status["filters"] = self.few(lambda: self._detail(self.one(details)))
            if not required and self.chance(0.15):
                status["filters"] = None
        elif (channel, allowed, subscription) in NULL_FILTERS and self.chance(0.2):
            status["filters"] = None
        return {"consent": {"channel": channel, "can_receive_marketing": allowed, "consent_status": status}}

    def _detail(self, name: str) -> Api:
        if name in BARE_METHODS:
            return {"field": "method", "method": name}
        field, method, shapes, required = DETAILS[name]
        out: Api = {"field": field} if method is None else {"field": field, "method": method}
        if required or self.chance(0.6):
            out["filter"] = self.filter(*shapes)
        return out

    def _metric(self, site: str) -> Api:
        shapes = ("date", "date-range", "relative", "anniversary-relative", "relative-range", "alltime")
        out = {
            "metric_id": self.reference("metric"),
            "measurement": self.one(("count", "sum")),
            "measurement_filter": self.filter("number"),
            "timeframe_filter": self.filter(
                *(shapes if site == "segment" else (*shapes, "flow-start", "flow-start"))
            ),
        }
        return self.fields(out, {"metric_filters": lambda: self.few(self._metric_filter)}, share=0.4)

    def _metric_filter(self) -> Api:
        shapes = (
            "text",
            "text-set",
            "existence",
            "list-set",
            "list-length",
            "list-substring",
            "boolean",
            "number",
        )
        return self.fields(
            {"property": self.one(("$flow", "Items", self.text()))},
            {"filter": lambda: self.filter(*shapes)},
            share=0.9,
        )

    def _sample(self, _: str) -> Api:
        return {"percentage": self.random.randint(0, 100)}

    def _custom_object(self, _: str) -> Api:
        shapes = [shape for shape in EVENT if shape not in ("calendar", "anniversary")]
        return {
            "object_type_id": self.reference(),
            "object_type_relationship_id": self.reference(),
            "filter": {"type": "numeric", "operator": self.one(COMPARISONS), "value": self.whole()},
            "filters": self.few(lambda: {"property_id": self.whole(), "filter": self.filter(*shapes)}),
        }

    def _permissions(self, _: str) -> Api:
        word = self.one(("explicitly", "implicitly", "implicitly_or_explicitly")) + self.one(
            ("_reachable", "_unreachable")
        )
        permission: Api = {"reachable_status": word}
        if word.startswith("explicitly"):
            permission["filters"] = self.few(self._permission_filter)
        return {
            "permission": permission,
            "channel": self.one(("whatsapp_marketing", "whatsapp_transactional")),
        }

    def _permission_filter(self) -> Api:
        which = self.random.randrange(3)
        if which == 0:
            return {"field": self.one(("effective_date", "recorded_date")), "filter": self.filter(*ANY_DATE)}
        if which == 1:
            return {"field": "subscribe_method", "method": self.one(PERMISSION_METHODS)}
        return self.fields(
            {"field": "subscribe_method", "method": "form"},
            optional={"filter": lambda: self.filter("text-in")},
        )

    def _recently(self, _: str) -> Api:
        return {"timeframe_filter": self.filter("alltime", "last")}

    def _event_property(self, _: str) -> Api:
        return {
            "metric_id": self.reference("metric"),
            "field": self.one(("$value", "Items", self.text())),
            "filter": self.filter(*EVENT),
        }

    def _product_property(self, _: str) -> Api:
        metric = None if self.chance(0.5) else self.reference("metric")
        return {"metric_id": metric, "field": self.text(), "filter": self.filter(*EVENT)}

    def _object_trigger(self, _: str) -> Api:
        shapes = [
            shape
            for shape in EVENT
            if shape not in ("text-set", "anniversary-relative", "calendar", "anniversary")
        ]
        return {"property_id": self.whole(), "filter": self.filter(*shapes)}

    def _object_property(self, _: str) -> Api:
        return {"custom_object_label": self.text(), "field": self.text(), "filter": self.filter(*EVENT)}

    def _output(self, _: str) -> Api:
        shapes = ("text", "text-set", "number", "number-range", "boolean", "existence")
        return {"output_config_id": self.whole(), "field": self.text(), "filter": self.filter(*shapes)}

    def _funnel(self, _: str) -> Api:
        steps = self.few(self._funnel_step, 1)
        frame = self.filter("date-range", "relative-range", "relative")
        return self.fields(
            {"timeframe_filter": frame, "steps": steps},
            {"completion_window_seconds": lambda: self.one(WINDOWS)},
        )

    def _funnel_step(self) -> Api:
        step = {"metric_exists": self.flag(), "metric_id": self.reference("metric")}
        return self.fields(step, {"metric_filters": lambda: self.few(self._metric_filter)}, share=0.4)


FILTERS: Mapping[str, Callable[[Conditions], Api]] = {
    "text": lambda m: {"type": "string", "operator": m.one(TEXT_OPERATORS), "value": m.sought()},
    "text-equals": lambda m: {"type": "string", "operator": "equals", "value": m.spoken_text()},
    "text-set": lambda m: {
        "type": "string",
        "operator": m.one(("in", "not-in")),
        "value": m.few(m.text, 0, 5),
    },
    "text-in": lambda m: {
        "type": "string",
        "operator": "in",
        "value": m.few(lambda: m.reference(m.one(("form", "list", "flow")))),
    },
    "phone": lambda m: {
        "type": "string",
        "operator": m.one(("phone-country-code-in", "phone-country-code-not-in")),
        "value": m.few(lambda: m.one(("NO", "US", "GB", "DE"))),
    },
    "shopify": lambda m: {"type": "string", "operator": "in", "value": m.few(lambda: "shopify", 0, 1)},
    "constant-contact": lambda m: {
        "type": "string",
        "operator": "in",
        "value": m.few(lambda: "constant_contact", 0, 1),
    },
    "number": lambda m: {"type": "numeric", "operator": m.one(COMPARISONS), "value": m.number()},
    "number-range": lambda m: {
        "type": "numeric",
        "operator": "between",
        "start": m.number(),
        "end": m.number(),
    },
    "boolean": lambda m: {"type": "boolean", "operator": "equals", "value": m.flag()},
    "date": lambda m: m.dated(m.one(("after", "before")), date=m.moment()),
    "date-range": lambda m: m.dated("between-static", start=m.moment(), end=m.moment()),
    "relative": lambda m: m.dated(
        m.one(("at-least", "in-the-last", "in-the-next")), unit=m.one(UNITS), quantity=m.whole()
    ),
    "last": lambda m: m.dated("in-the-last", unit=m.one(UNITS), quantity=m.whole()),
    "anniversary-relative": lambda m: m.dated(
        m.one(("anniversary-last", "anniversary-next")), unit=m.one(UNITS), quantity=m.whole()
    ),
    "relative-range": lambda m: m.dated("between", start=m.whole(), end=m.whole(), unit=m.one(UNITS)),
    "calendar": lambda m: m.dated("calendar-month", value=m.random.randint(1, 12)),
    "anniversary": lambda m: m.dated(m.one(("anniversary", "anniversary-month"))),
    "alltime": lambda m: m.dated("alltime"),
    "flow-start": lambda m: m.dated("flow-start"),
    "list": Conditions.listed,
    "list-length": lambda m: {"type": "list", "operator": m.one(LENGTHS), "value": m.whole()},
    "list-set": lambda m: {"type": "list", "operator": m.one(SETS), "value": m.few(m.text)},
    "list-substring": lambda m: {
        "type": "list",
        "operator": m.one(("contains-substring", "not-contains-substring")),
        "value": m.spoken_text(),
    },
    "existence": lambda m: {"type": "existence", "operator": m.one(("is-set", "not-set"))},
    "is-set": lambda _: {"type": "existence", "operator": "is-set"},
}
MAKERS: Mapping[str, Callable[[Conditions, str], Api]] = {
    "action-output": Conditions._output,
    "custom-object-property": Conditions._object_property,
    "custom-object-trigger-property": Conditions._object_trigger,
    "low-inventory-property": Conditions._product_property,
    "metric-property": Conditions._event_property,
    "price-drop-property": Conditions._product_property,
    "profile-group-membership": Conditions._membership,
    "profile-has-custom-object": Conditions._custom_object,
    "profile-marketing-consent": Conditions._consent,
    "profile-metric": Conditions._metric,
    "profile-metric-funnel": Conditions._funnel,
    "profile-not-in-flow": Conditions._recently,
    "profile-not-sent-email": Conditions._recently,
    "profile-not-sent-push": Conditions._recently,
    "profile-not-sent-sms": Conditions._recently,
    "profile-permissions": Conditions._permissions,
    "profile-postal-code-distance": Conditions._distance,
    "profile-predictive-analytics": Conditions._predictive,
    "profile-property": Conditions._property,
    "profile-region": Conditions._region,
    "profile-sample": Conditions._sample,
}
