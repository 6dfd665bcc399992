from __future__ import annotations

import pytest

from guardian_core.keys import find_keys
from guardian_core.model import Column, Constraint, Node
from tests.keys.relations_with_keys import find_first, node


@pytest.mark.parametrize(
    ("of", "columns", "provenance"),
    [
        (node("orders", "x", Column("y", constraints=(Constraint("primary_key"),))), ("y",), "constraint"),
        (node("orders", "x", constraints=(Constraint("primary_key", ("x",)),)), ("x",), "constraint"),
        (node("orders", "order_id", "x", unique_key="x"), ("x",), "unique_key"),
        (node("orders", "a", "b", unique_key=("A", "B")), ("a", "b"), "unique_key"),
        (node("orders", "x", Column("y", description="The primary key")), ("y",), "description"),
        (node("fct_orders", "x", "order_id"), ("order_id",), "own_name"),
        (node("stg_shop__customers", "id", "name"), ("id",), "own_name"),
        (node("daily_balances", "account_id", "day"), ("account_id",), "first_column"),
        (node("votes", "LALVOTERID", "party"), ("LALVOTERID",), "first_column"),
        (node("bridge_program_course", "program_fk", "course_fk", "rank"), ("program_fk", "course_fk"), "link"),
        (node("course_program", "program_fk", "course_fk", "rank"), ("program_fk", "course_fk"), "link"),
        (node("contracts", "fk_customer", "seller_fk"), ("fk_customer", "seller_fk"), "link"),
        (node("playlist_track", "playlist_id", "track_id"), ("playlist_id", "track_id"), "link"),
        (node("stg_shop__playlist_track_tmp", "playlist_id", "track_id"), ("playlist_id", "track_id"), "link"),
        (node("repo_team", "repository_id", "team_id"), ("repository_id", "team_id"), "link"),
        (node("repo_team", "report_id", "team_id"), ("team_id",), "own_name"),
        (node("settings", "key", "label"), ("key",), "own_name"),
        (node("options", "key", "question_id"), ("key",), "first_column"),
        (node("edges_friendships", "source_id", "target_id", "since"), ("source_id", "target_id"), "link"),
        (
            node("kinships", "ancestor_person_id", "descendant_person_id"),
            ("ancestor_person_id", "descendant_person_id"),
            "link",
        ),
        (node("fct_active_servers", "daily_server_id", "server_id", "activity_date"), ("daily_server_id",), "own_name"),
        (node("fct_active_servers", "old_server_id", "server_id", "activity_date"), ("server_id",), "own_name"),
        (node("codes", "OldCodeId", "IsOpen", "NewCodeId"), ("OldCodeId", "NewCodeId"), "link"),
        (node("edges_friendships", "source_id", "target_name"), ("source_id",), "first_column"),
        (node("trees", "child_id", "parent_id"), ("child_id",), "first_column"),
        (node("map_work_author", "work_id", "author_id", "orcid"), ("work_id", "author_id"), "link"),
        (node("map_customers", "customer_id", "segment"), ("customer_id",), "own_name"),
        (node("sat_customer", "customer_hk", "name", "load_date"), ("customer_hk", "load_date"), "satellite"),
        (node("stg_geo__regions", "code", "name"), ("code",), "own_name"),
        (node("stg_geo_regions", "code_region_geo", "name"), ("code_region_geo",), "own_name"),
        (node("dim_channels", "channel_slug", "name"), ("channel_slug",), "own_name"),
        (node("directories__postcode", "postcode", "town"), ("postcode",), "own_name"),
    ],
)
def test_ways_to_find_a_key(of: Node, columns: tuple[str, ...], provenance: str) -> None:
    key = find_first(of)
    assert key is not None
    assert (key.columns, key.provenance) == (columns, provenance)


@pytest.mark.parametrize(
    "of",
    [
        node("fct_engagements", "platform_fk", "user_fk", "seconds"),  # its rows may be anything of a user
        node("bridge_course", "course_fk"),
        node("bridge_program_course", "rank", "a", "b", "c", "program_fk", "course_fk"),
        node("stg_geo__regions", "name", "code"),  # a code further back is anybody's
        node("practice_summary", "practice_code", "patients"),
        node("regions", "country_code", "name"),
        node("postcode_regions", "postcode", "region"),
        node("regions", "code", "name", resource_type="seed"),  # of a seed its file tells
        node("$$", "code_x", "name"),
        node("__", "$", "name"),
    ],
)
def test_references_alone_are_no_key(of: Node) -> None:
    assert find_first(of) is None


def test_the_own_name_is_less_sure_further_back() -> None:
    front, back = find_first(node("orders", "order_id")), find_first(node("orders", "a", "b", "c", "order_id"))
    assert front is not None
    assert back is not None
    assert front.confidence > back.confidence


def test_a_tie_of_two_known_things_is_not_identified_by_the_second() -> None:
    def first(*names: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
        key, *_ = find_keys(node("concept_relations", *names), known={(one,) for one in known})
        return key.columns

    assert first("concept", "relation_id", known=("concept",)) == ("relation_id",)
    assert first("concept", "relation_id", known=("relation",)) == ("relation_id",)
    assert first("id_of_one", "concept", "relation_id") == ("relation_id",)
    assert first("relation_id", "concept", known=("concept", "relation")) == ("relation_id",)
    assert first("from_id", "relation_id", known=("concept", "relation")) == ("from_id",)


@pytest.mark.parametrize(
    ("column", "beside"),
    [("price_id", "valid_from"), ("price_key", None), ("pk_dim_prices", None)],
)
def test_a_surrogate_key_does_not_repeat_with_the_versions_of_a_thing(column: str, beside: str | None) -> None:
    key, *_ = find_keys(node("dim_prices", column, "valid_from", "valid_to"), beside="valid_from")
    assert (key.columns, key.beside) == ((column,), beside)


@pytest.mark.parametrize(
    ("of", "beside"),
    [
        (node("order_history", "id", "customer_updated", "last_updated_date"), "last_updated_date"),
        (node("history_orders", "order_id", "modified_at"), "modified_at"),
        (node("order_history", "id", "changes"), None),  # what was changed, not when
        (node("order_history", "order_history_id", "updated_at"), None),  # of the change itself
        (node("orders", "order_id", "updated_at"), None),
        (node("daily_campaigns", "campaign_id", "day", "budget"), "day"),
        (node("daily_campaigns", "campaign_id", "birth_day"), None),
        (node("campaigns", "campaign_id", "date", "impressions", "spend"), "date"),
        (node("campaigns", "campaign_id", "date", "spend"), None),
        (node("campaigns", "campaign_key", "date", "clicks", "spend"), None),
    ],
)
def test_an_id_repeats_where_rows_are_of_a_change_or_a_day(of: Node, beside: str | None) -> None:
    key = find_first(of)
    assert key is not None
    assert (key.columns, key.beside) == ((of.columns[0].name,), beside)
