"""What the brand sells, measures and keeps: integrations, metrics, lists, products, images, tags."""

from __future__ import annotations

from dataclasses import dataclass

ORGANISATION = "Fern & Tide"
SENDER = ("Fern & Tide", "hello@fernandtide.example")
TIMEZONE = "America/New_York"

SHOP, OWN, STORES = "Shopify", "Klaviyo", "Harbour Till"
INTEGRATIONS = {SHOP: "eCommerce", OWN: "Internal", STORES: "API"}

METRICS: dict[str, tuple[str, ...]] = {
    SHOP: (
        "Placed Order",
        "Ordered Product",
        "Checkout Started",
        "Added to Cart",
        "Fulfilled Order",
        "Fulfilled Partial Order",
        "Cancelled Order",
        "Refunded Order",
        "Confirmed Shipment",
        "Delivered Shipment",
    ),
    OWN: (
        "Received Email",
        "Opened Email",
        "Clicked Email",
        "Bounced Email",
        "Dropped Email",
        "Marked Email as Spam",
        "Unsubscribed from Email Marketing",
        "Subscribed to Email Marketing",
        "Subscribed to List",
        "Unsubscribed from List",
        "Received SMS",
        "Clicked SMS",
        "Sent SMS",
        "Failed to Deliver SMS",
        "Subscribed to SMS Marketing",
        "Unsubscribed from SMS Marketing",
        "Subscribed to Back in Stock",
        "Active on Site",
        "Viewed Product",
        "Form Submitted",
    ),
    STORES: (
        "Placed Order",
        "Visited Store",
        "Joined Tasting",
        "Earned Points",
        "Redeemed Points",
        "Started Subscription",
        "Renewed Subscription",
        "Cancelled Subscription",
        "Finished Tea Quiz",
        "Left Review",
    ),
}
"""Names by integration; ``Placed Order`` comes from the web shop and from the tills, as in real accounts."""

LISTS = (
    "Newsletter",
    "SMS Subscribers",
    "Tea Club",
    "Tasting Events",
    "Wholesale Enquiries",
    "Pop-up Form",
    "Checkout Opt-in",
    "Store Sign-up Sheet",
    "Press and Friends",
    "Staff",
    "Gift Guide Requests",
    "Imported 2023",
)

PRODUCTS = (
    ("Tidewater Green", "Loose leaf", 18.0),
    ("Smoked Fern", "Loose leaf", 22.0),
    ("Harbour Breakfast", "Loose leaf", 14.0),
    ("Moonlit Oolong", "Loose leaf", 28.0),
    ("Salt Caramel Rooibos", "Loose leaf", 16.0),
    ("Pocket Sampler", "Sets", 24.0),
    ("Slow Morning Set", "Sets", 64.0),
    ("Glazed Teapot", "Ware", 48.0),
    ("Drift Cup", "Ware", 19.0),
    ("Travel Infuser", "Ware", 21.0),
    ("Cold Brew Pouches", "Pouches", 17.0),
    ("Winter Spice", "Seasonal", 20.0),
)

IMAGES = ("Logo", "Spring Banner", "Teapot", "Harbour", "Gift Wrap", "Winter Spice")
TAGS = ("lifecycle", "promotion", "retention", "transactional", "seasonal", "test")
MAPPED = {
    "added_to_cart": "Added to Cart",
    "cancelled_sales": "Cancelled Order",
    "ordered_product": "Ordered Product",
    "refunded_sales": "Refunded Order",
    "revenue": "Placed Order",
    "started_checkout": "Checkout Started",
    "viewed_product": "Viewed Product",
}
"""The standard metrics of Klaviyo, mapped to the shop's (and, for views, to the site's)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A template of the brand: its name, headline and text."""

    name: str
    headline: str
    text: str

    @property
    def html(self) -> str:
        """The whole page."""
        return (
            '<html><head><meta charset="utf-8"></head><body style="font-family:Georgia,serif">'
            f"<h1>{self.headline}</h1><p>Hello {{{{ first_name|default:'there' }}}},</p><p>{self.text}</p>"
            f"<p>{ORGANISATION}</p><p>{{% unsubscribe 'Unsubscribe' %}}</p></body></html>"
        )


LETTERS = tuple(
    Letter(*line)
    for line in (
        ("Welcome 1", "Put the kettle on", "Good to have you. Here is how we choose our leaves."),
        ("Welcome 2", "Where it grows", "Three gardens, two harbours, one small team."),
        ("Welcome 3", "A first cup on us", "Take ten percent off your first order this week."),
        ("Checkout 1", "Your tea is waiting", "You left a few things at the till. We kept them."),
        ("Checkout 2", "Still thinking it over?", "Ask us anything, we answer within the day."),
        ("Cart 1", "In your basket", "Your basket is as you left it."),
        ("Cart 2", "Last call for your basket", "We can hold it until tomorrow."),
        ("Browse 1", "You have good taste", "The leaf that you looked at pairs well with rain."),
        ("Browse 2", "More like it", "Three teas for people who like that one."),
        ("Site 1", "Nice to see you", "What is new on the shelves this week."),
        ("Thanks, first order", "Thank you, truly", "Your first order is being packed by hand."),
        ("Thanks again", "Welcome back", "It is good to pack for you again."),
        ("Brewing guide", "Brew it right", "Water, time and leaf: a short guide."),
        ("Review request", "How was it?", "Two minutes of your opinion help us buy better."),
        ("Replenish 1", "Running low?", "Most people finish a tin in about six weeks."),
        ("Replenish 2", "The last spoonful", "Order by Thursday and it is there by the weekend."),
        ("Cross-sell ware", "A pot for that", "Loose leaf is happier in a good pot."),
        ("Winback 1", "It has been a while", "Much is new since your last cup."),
        ("Winback 2", "Come back for this", "Fifteen percent, until Sunday."),
        ("Winback 3", "Shall we stop writing?", "Tell us, and we will."),
        ("Sunset 1", "Still interested?", "One click keeps you on the list."),
        ("VIP welcome", "The back room", "You are among the few who see the new harvest first."),
        ("Birthday", "Happy birthday", "A small tin is on us this month."),
        ("Back in stock", "It is back", "The tea that you asked for came in this morning."),
        ("Price drop", "Now a little less", "Something that you looked at costs less today."),
        ("Low stock", "Only a few left", "The next harvest is in spring."),
        ("Subscription goodbye", "Sorry to see you go", "Pause instead, and skip a month."),
        ("Points reminder", "You have points", "They are worth a cup or two."),
        ("Quiz result", "Your kind of tea", "Here is what your answers say."),
        ("Newsletter base", "This week at the harbour", "News, notes and a recipe."),
    )
)
