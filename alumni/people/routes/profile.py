"""A person as others see them."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerHour
from werkzeug.exceptions import TooManyRequests

from alumni.authz import Actor
from alumni.db import now, transaction
from alumni.errors import BadValue, NotFound
from alumni.exports import vcards
from alumni.people.commands.viewing import note_many_views
from alumni.people.models import Level
from alumni.people.photos import small
from alumni.people.queries.cards import card_of
from alumni.people.queries.merged import successor
from alumni.people.queries.profile import (
    Profile,
    get_photo,
    get_profile,
    own_public_id,
    seen_as,
)
from alumni.people.routes import blueprint
from alumni.web import acting, asked, attachment, limiter, public, see_other

MOST_VIEWS, MOST_VIEWS_OF_OFFICE = RateLimitItemPerHour(300), RateLimitItemPerHour(2_000)
"""Pages and cards of other people that one account opens in an hour."""

ONCE = RateLimitItemPerHour(1)

DAY = 24 * 3600


@blueprint.get("/people/<public_id>")
@public
def profile(public_id: str) -> ResponseReturnValue:
    actor = acting()
    try:
        shown = get_profile(actor, public_id)
    except NotFound:
        return _elsewhere(actor, public_id)
    except BadValue:
        return _not_found(actor)
    _count_view(actor, shown)
    return _page(shown, own=shown.is_own)


@blueprint.get("/people/<public_id>/card.vcf")
@public
def card(public_id: str) -> ResponseReturnValue:
    """The person for an address book."""
    actor = acting()
    try:
        shown = get_profile(actor, public_id)
    except NotFound:
        return _elsewhere(actor, public_id)
    except BadValue:
        return _not_found(actor)
    _count_view(actor, shown)
    content = b"".join(vcards.as_vcards([card_of(shown, revision=now())]))
    response = Response(content, content_type=vcards.MIMETYPE)
    response.headers["Content-Disposition"] = attachment(f"{shown.name}.vcf")
    return response


@blueprint.get("/people/<public_id>/photo")
@public
def photo(public_id: str) -> ResponseReturnValue:
    """The picture, or with ``?size=small`` a small one. ``v`` makes the address its own."""
    given = asked({"v", "size"})
    is_small = given.get("size") == ["small"]
    shown = get_photo(acting(), public_id)
    is_named = given.get("v") == [shown.public_id]
    response = Response(mimetype="image/jpeg")
    response.headers["Cache-Control"] = (
        f"private, max-age={DAY}" if is_named else "private, no-cache"
    )
    tag = f"{shown.public_id}-small" if is_small else shown.public_id
    response.set_etag(tag)
    if tag in request.if_none_match:
        response.status_code = 304
    else:
        response.data = small(shown.content) if is_small else shown.content
    return response


@blueprint.get("/me/profile/as/<any(class,chapters,alumni,public):level>")
def preview(level: str) -> ResponseReturnValue:
    """The own page, as somebody else gets it."""
    public_id = own_public_id(acting())
    try:
        shown = get_profile(seen_as(acting(), Level(level)), public_id)
    except NotFound:
        return render_template("people/profile_unseen.html", public_id=public_id, level=level)
    return _page(shown, own=True, level=level)


def _page(shown: Profile, *, own: bool, level: str = "") -> str:
    """The page; ``level`` says as whom its subject looks at it, and is empty otherwise."""
    return render_template(
        "people/profile.html",
        profile=shown,
        own=own,
        level=level,
    )


def _elsewhere(actor: Actor, public_id: str) -> ResponseReturnValue:
    """Lead on from a record that was made part of another. Not for good: that can be taken back."""
    kept = successor(actor, public_id)
    if kept is None:
        return _not_found(actor)
    return redirect(url_for(request.endpoint or ".profile", public_id=kept), code=302)


def _not_found(actor: Actor) -> ResponseReturnValue:
    """Who is not signed in is asked to, whether there is such a person or not."""
    if actor.is_signed_in:
        raise NotFound
    return see_other(url_for("accounts.sign_in", next=request.path))


def _count_view(actor: Actor, shown: Profile) -> None:
    """Let nobody read the directory page by page; the office is told of who tries."""
    if shown.is_own:
        return
    most = MOST_VIEWS_OF_OFFICE if shown.is_whole else MOST_VIEWS
    viewer = f"account:{actor.account_id}" if actor.is_signed_in else get_remote_address()
    if limiter.limiter.hit(most, "profiles", viewer):
        return
    if actor.is_signed_in and limiter.limiter.hit(ONCE, "many profiles", viewer):
        with transaction():
            note_many_views(actor, most.amount)
    raise TooManyRequests(retry_after=3600)
