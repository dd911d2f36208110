"""Keys of SNMPv3's users are those of the examples in the RFCs."""

from __future__ import annotations

import importlib

import pytest

from ngbw.probes.snmp.agents import UserSecurity
from ngbw.probes.snmp.user_keys import check_user, localized_keys, master_key
from ngbw.topology.errors import UsageError

ENGINE = bytes.fromhex("000000000000000000000002")


@pytest.mark.parametrize(
    ("name", "master", "localized"),
    [
        # RFC 3414 A.3.1 and A.3.2
        ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        (
            "sha1", "9fb5cc0381497b3793528939ff788d5d79145211",
            "6695febc9288e36282235fc7151f128497b38f3f",
        ),
    ],
)  # fmt: skip
def test_keys_of_the_maple_syrup_password(name, master, localized):
    assert master_key(name, b"maplesyrup").hex() == master
    user = UserSecurity("u", name, "maplesyrup", "aes128", "maplesyrup")
    keys = localized_keys(user, ENGINE)
    assert (keys.auth.hex(), keys.priv.hex()) == (localized, localized[:32])


@pytest.mark.parametrize("auth", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("priv", ["aes192", "aes256", "aes192c", "aes256c"])
def test_long_privacy_keys_are_those_of_pysnmp(auth, priv):
    pytest.importorskip("pysnmp")
    octet_string = importlib.import_module("pyasn1.type.univ").OctetString
    from pysnmp.hlapi.v3arch import asyncio as names
    from pysnmp.proto.secmod.eso.priv import aes192, aes256

    service = {
        "md5": names.USM_AUTH_HMAC96_MD5,
        "sha1": names.USM_AUTH_HMAC96_SHA,
        "sha224": names.USM_AUTH_HMAC128_SHA224,
        "sha256": names.USM_AUTH_HMAC192_SHA256,
        "sha384": names.USM_AUTH_HMAC256_SHA384,
        "sha512": names.USM_AUTH_HMAC384_SHA512,
    }[auth]
    theirs = {
        "aes192": aes192.AesBlumenthal192,
        "aes256": aes256.AesBlumenthal256,
        "aes192c": aes192.Aes192,
        "aes256c": aes256.Aes256,
    }[priv]()
    master = theirs.hash_passphrase(service, octet_string("maplesyrup"))
    due = theirs.localize_key(service, master, octet_string(ENGINE)).asOctets()
    user = UserSecurity("u", auth, "maplesyrup", priv, "maplesyrup")
    assert localized_keys(user, ENGINE).priv == due


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (UserSecurity("u", "sha3", "long enough"), "auth_protocol is 'sha3'; it is one of md5"),
        (UserSecurity("u", "sha1", "longenough", "rc4", "longenough"), "priv_protocol is 'rc4'"),
        (UserSecurity("u", None, "", "aes128", "longenough"), "privacy without authentication"),
        (UserSecurity("u", "sha1", "short"), "auth_password is shorter than 8"),
        (UserSecurity("u", "sha1", "longenough", "aes128", "s"), "priv_password is shorter"),
    ],
)
def test_users_that_cannot_be_are_refused_without_showing_a_password(user, said):
    with pytest.raises(UsageError, match=said) as refused:
        check_user(user)
    assert "longenough" not in str(refused.value)


def test_secrets_are_not_shown():
    user = UserSecurity("u", "sha1", "hidden-word", "aes128", "hidden-word")
    assert "hidden-word" not in repr(user)
    keys = localized_keys(user, ENGINE)
    assert keys.auth.hex() not in repr(keys)
    assert repr(keys.auth) not in repr(keys)
