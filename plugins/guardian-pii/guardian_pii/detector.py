"""Notices columns that hold personal data, plain or hashed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from guardian_core import Column, ColumnGraph, Node, Signal, entity_words, phrase, type_family

__all__ = ["SIGNALS", "detect"]

SIGNALS = ("personal_data", "hashed_personal_data")

# What a name ends with, and how sure that makes it. A text column of such a name holds hardly anything else.
_KINDS = {
    "email": ("email email_address mail_address e_mail", 0.9),
    "phone": ("phone phone_number mobile_number telephone msisdn fax_number", 0.9),
    "name": ("first_name last_name full_name middle_name surname maiden_name family_name given_name", 0.9),
    "birth": ("date_of_birth birth_date birthday dob birth_day", 0.95),
    "address": ("street street_name street_address address_line address_line1 address_line2 postal_address "
                "home_address billing_address shipping_address house_number", 0.8),
    "government id": ("ssn social_security_number passport_number national_id tax_id driver_license "
                      "license_number nino bsn cpf nir", 0.85),
    "bank": ("iban card_number credit_card_number account_iban bank_account_number", 0.9),
    "ip address": ("ip ip_address ip_addr client_ip remote_ip", 0.8),
    "location": ("latitude longitude", 0.4),
}  # fmt: skip
_ENDINGS = {phrase(ending): (kind, sure) for kind, (endings, sure) in _KINDS.items() for ending in endings.split()}
_LONGEST = max(map(len, _ENDINGS))
_HASHED = frozenset("hash hashed md5 sha sha1 sha256 sha512 encrypted masked pseudonymized anonymized token".split())
_PEOPLE = frozenset(
    "customer user person employee patient contact member subscriber lead visitor student driver guest applicant".split()
)
_DESCRIBED = re.compile(r"\b(PII|personal(?:ly identifiable)? (?:data|information)|GDPR)\b", re.IGNORECASE)
_NOT_DESCRIBED = re.compile(r"\b(?:no|not|non|without|free of)\b[^.]{0,20}\b(?:PII|personal|GDPR)", re.IGNORECASE)
_NO_VALUE = frozenset(("boolean", "json", "array", "struct"))
_DATES = frozenset(("date", "timestamp", "string", "unknown"))
_NUMBERS = frozenset(("float", "decimal", "unknown", "string", "other", "geography"))
_TEXTS = frozenset(("string", "unknown", "integer", "other", "binary"))


def detect(graph: ColumnGraph) -> Iterator[Signal]:
    """Every column of the analysed relations that holds personal data."""
    for node in graph.analysed:
        for column in node.columns:
            # Nearly every column is told by its name alone, and most names come again and again.
            said = column.description
            if not _may_be(column.name) and not (said and ("ersonal" in said or "PII" in said or "GDPR" in said)):
                continue
            found = _kind_of(node, column)
            if found is not None:
                name, kind, sure, detail = found
                yield Signal(name, node.unique_id, column.name, sure, detail, "pii", {"kind": kind})


@lru_cache(maxsize=1 << 16)
def _may_be(name: str) -> bool:
    """Whether a name can be that of personal data at all."""
    words = tuple(word for word in phrase(name) if word not in _HASHED)
    return words == ("name",) or any(words[-length:] in _ENDINGS for length in range(1, _LONGEST + 1))


def _kind_of(node: Node, column: Column) -> tuple[str, str, float, str] | None:
    described = column.description is not None and _DESCRIBED.search(column.description) is not None
    if not described and not _may_be(column.name):
        return None
    family = type_family(column.data_type)
    if family in _NO_VALUE:
        return None
    words = phrase(column.name)
    bare = tuple(word for word in words if word not in _HASHED)
    hashed = len(bare) < len(words)
    kind, sure = _by_name(node, bare)
    detail = f"{column.name} is named like {kind}" if kind else ""
    if kind and not hashed and not _fits(kind, family):
        return None
    if not kind and described:
        if _NOT_DESCRIBED.search(column.description or ""):
            return None
        kind, sure, detail = "described", 0.85, "its description says so"
    if not kind:
        return None
    return ("hashed_personal_data" if hashed else "personal_data", kind, sure, detail)


def _by_name(node: Node, words: tuple[str, ...]) -> tuple[str, float]:
    """The kind of personal data that a name ends with; ``name`` alone is a person's in a relation of people."""
    for length in range(min(_LONGEST, len(words)), 0, -1):
        known = _ENDINGS.get(words[-length:])
        if known is not None:
            return known
    if words == ("name",) and not _PEOPLE.isdisjoint(entity_words(node.name)):
        return ("name", 0.7)
    return ("", 0.0)


def _fits(kind: str, family: str) -> bool:
    """Whether values of a type can be of a kind."""
    if kind == "birth":
        return family in _DATES
    return family in (_NUMBERS if kind == "location" else _TEXTS)
