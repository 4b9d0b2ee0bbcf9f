"""Who asks: accounts, invitations, passwords, sessions, tokens, attempts, audit."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import cache

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.portal.models import Account, Audit, Invitation, Membership, Report, Secret
from greenanalysis.registry import store
from greenanalysis.registry.models import Enterprise

ROLES = ("reporter", "regional_reviewer", "national_reviewer", "publisher")
_SESSION_HOURS = 8
_INVITATION_DAYS = 14
_TOKEN_DAYS = 365
_MIN_PASSWORD = 12
_MAX_PASSWORD = 200
_LOGIN = re.compile(r"[A-Za-z0-9._@+-]{3,100}")
HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
"""Parameters that OWASP's password storage cheat sheet names for Argon2id: 19 MiB, two passes."""

_PER_LOGIN = "5/minute"
_PER_ADDRESS = "30/minute"
_PER_TOKEN = "600/minute"


class TooOften(Exception):
    """More attempts than allowed; try again in a minute."""


class Attempts:
    """Counts attempts in this process; several servers need the limit of their proxy as well."""

    def __init__(
        self, login: str = _PER_LOGIN, address: str = _PER_ADDRESS, token: str = _PER_TOKEN
    ) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._login, self._address, self._token = parse(login), parse(address), parse(token)

    def address(self, address: str) -> None:
        """Count an attempt to guess anything.

        Raises
        ------
        TooOften : more than allowed in a minute.
        """
        if not self._window.hit(self._address, "address", address):
            raise TooOften

    def login(self, login: str, address: str) -> None:
        """Count a login; by login and address together, so that nobody locks out another one.

        Raises
        ------
        TooOften : before any password is hashed.
        """
        self.address(address)
        if not self._window.hit(self._login, "login", login.casefold()[:100], address):
            raise TooOften

    def token(self, account: int) -> None:
        """Count a request of a program.

        Raises
        ------
        TooOften : more than allowed in a minute.
        """
        if not self._window.hit(self._token, "token", str(account)):
            raise TooOften


@dataclass(frozen=True)
class Right:
    """A role with its reach."""

    role: str
    enterprise_id: int | None = None
    region: str | None = None

    def covers(self, enterprise: Enterprise) -> bool:
        """Return whether the enterprise is within reach of the role."""
        if self.role == "reporter":
            return self.enterprise_id == enterprise.id
        if self.role == "regional_reviewer":
            return self.region is not None and self.region == enterprise.region
        return True


@dataclass(frozen=True)
class Person:
    """Who asks, with which rights."""

    id: int
    login: str
    name: str
    language: str
    rights: tuple[Right, ...]

    @property
    def who(self) -> str:
        """How rows whose history is kept name the person."""
        return f"account:{self.id}"

    def has(self, *roles: str) -> bool:
        """Return whether the person has one of the roles anywhere."""
        return any(right.role in roles for right in self.rights)

    def may(self, roles: tuple[str, ...], enterprise: Enterprise) -> bool:
        """Return whether one of the roles reaches an enterprise."""
        return any(right.role in roles and right.covers(enterprise) for right in self.rights)


def _digest(secret: str) -> str:
    """Return the hash under which a random secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_key(secret: str) -> str:
    """Return what each form of a session must bring back, so that no other site can write one."""
    return hmac.new(secret.encode(), b"form", "sha256").hexdigest()


def record(session: Session, account: int | None, action: str, subject: str = "") -> None:
    """Write one line of the audit."""
    session.add(Audit(at=store.now(), account_id=account, action=action, subject=subject[:300]))


def person_of(session: Session, kind: str, secret: str) -> Person | None:
    """Return whose session or token a secret is, None if nobody's or ended."""
    query = select(Secret).where(Secret.kind == kind, Secret.hash == _digest(secret))
    row = session.scalar(query)
    if row is None or (row.expires_at and row.expires_at < store.now()):
        return None
    account = session.get_one(Account, row.account_id)
    return None if account.closed_at else _person(session, account)


def _person(session: Session, account: Account) -> Person:
    rows = session.scalars(
        select(Membership).where(
            Membership.account_id == account.id, Membership.deleted_at.is_(None)
        )
    )
    rights = tuple(Right(row.role, row.enterprise_id, row.region) for row in rows)
    return Person(account.id, account.login, account.name, account.language, rights)


@cache
def _nobody() -> str:
    return HASHER.hash(secrets.token_urlsafe(16))


def stored_password(session: Session, login: str) -> tuple[int | None, str]:
    """Return account and hash of a login; for an unknown one a hash that takes as long to check."""
    query = (
        select(Account.id, Secret.hash)
        .join(Secret, Secret.account_id == Account.id)
        .where(Account.login == login, Secret.kind == "password", Account.closed_at.is_(None))
    )
    row = session.execute(query).first()
    return (int(row[0]), str(row[1])) if row else (None, _nobody())


def password_fits(password: str, stored: str) -> bool:
    """Return whether a password has the stored hash; takes a tenth of a second on purpose."""
    return len(password) <= _MAX_PASSWORD and HASHER.verify(password, stored)


def begin_session(session: Session, account: int) -> str:
    """Return the secret of a new session; sessions that have ended are removed."""
    secret = secrets.token_urlsafe(32)
    end = store.now() + dt.timedelta(hours=_SESSION_HOURS)
    session.execute(delete(Secret).where(Secret.kind == "session", Secret.expires_at < store.now()))
    _add_secret(session, account, "session", _digest(secret), end)
    record(session, account, "login")
    return secret


def end_session(session: Session, secret: str) -> None:
    """Remove a session."""
    session.execute(delete(Secret).where(Secret.kind == "session", Secret.hash == _digest(secret)))


def new_token(session: Session, account: int, label: str) -> str:
    """Return a token for programs; only its hash is kept, so it is shown once."""
    secret = secrets.token_urlsafe(32)
    end = store.now() + dt.timedelta(days=_TOKEN_DAYS)
    _add_secret(session, account, "token", _digest(secret), end, label.strip()[:100] or None)
    record(session, account, "token")
    return secret


def end_tokens(session: Session, account: int) -> int:
    """Remove all tokens of an account; return how many."""
    ended = list(
        session.scalars(
            select(Secret.id).where(Secret.kind == "token", Secret.account_id == account)
        )
    )
    session.execute(delete(Secret).where(Secret.id.in_(ended)))
    record(session, account, "tokens ended", str(len(ended)))
    return len(ended)


def _add_secret(
    session: Session,
    account: int,
    kind: str,
    hashed: str,
    end: dt.datetime | None,
    label: str | None = None,
) -> None:
    session.add(
        Secret(
            account_id=account,
            kind=kind,
            hash=hashed,
            label=label,
            created_at=store.now(),
            expires_at=end,
        )
    )


def invite(
    session: Session,
    role: str,
    *,
    who: str,
    enterprise: int | None = None,
    region: str | None = None,
) -> str:
    """Return the secret of an invitation to a role.

    Raises
    ------
    InputError : an unknown role, or one without the reach that it needs.
    """
    if role not in ROLES:
        raise input_error("role", where="an invitation", allowed=", ".join(ROLES), got=role)
    if (role == "reporter") != (enterprise is not None):
        raise InputError("an invitation of a reporter, and only that, names an enterprise")
    if (role == "regional_reviewer") != (region is not None):
        raise InputError("an invitation of a regional reviewer, and only that, names a region")
    secret = secrets.token_urlsafe(32)
    end = store.now() + dt.timedelta(days=_INVITATION_DAYS)
    row = Invitation(
        hash=_digest(secret),
        role=role,
        enterprise_id=enterprise,
        region=region,
        expires_at=end,
        used_at=None,
        invited_by=who,
    )
    session.add(row)
    record(session, None, "invited", f"{role} by {who}")
    return secret


def open_invitation(session: Session, secret: str) -> Invitation | None:
    """Return an invitation that can still be used."""
    row = session.scalar(select(Invitation).where(Invitation.hash == _digest(secret)))
    return None if row is None or row.used_at or row.expires_at < store.now() else row


def problem_of(login: str, name: str, password: str) -> str | None:
    """Return the code of what keeps somebody from having an account, else None."""
    if not _LOGIN.fullmatch(login):
        return "login"
    if not 2 <= len(name.strip()) <= 200 or not name.isprintable():
        return "name"
    if (
        not _MIN_PASSWORD <= len(password) <= _MAX_PASSWORD
        or password.casefold() == login.casefold()
    ):
        return "password"
    return None


def use_invitation(
    session: Session, invitation: Invitation, login: str, name: str, hashed: str, language: str
) -> int | None:
    """Make the account that was invited; None where the login is taken.

    Parameters
    ----------
    session : open, in a transaction.
    invitation : that is used up.
    login, name, language : of the new account.
    hashed : hash of the password, made outside of the transaction.
    """
    if session.scalar(select(Account.id).where(Account.login == login)) is not None:
        return None
    account = Account(
        login=login, name=name.strip(), language=language, created_at=store.now(), closed_at=None
    )
    session.add(account)
    session.flush()
    _add_secret(session, account.id, "password", hashed, None)
    give_role(
        session,
        account.id,
        invitation.role,
        who=invitation.invited_by,
        enterprise=invitation.enterprise_id,
        region=invitation.region,
    )
    invitation.used_at = store.now()
    return account.id


def give_role(
    session: Session,
    account: int,
    role: str,
    *,
    who: str,
    enterprise: int | None = None,
    region: str | None = None,
) -> None:
    """Give an account a role; nobody reviews the enterprise for which they report.

    Raises
    ------
    InputError : the account has a role that does not go with it.
    """
    rows = list(
        session.scalars(
            select(Membership).where(
                Membership.account_id == account, Membership.deleted_at.is_(None)
            )
        )
    )
    reports = role == "reporter"
    if any((row.role == "reporter") != reports for row in rows):
        raise InputError("one account cannot both report and review")
    row = {"account_id": account, "role": role, "enterprise_id": enterprise, "region": region}
    store.insert_rows(session, Membership, [row], who=who)
    record(session, account, "role given", role)


def close_account(session: Session, login: str, *, erase: bool = False) -> None:
    """End an account, its sessions and tokens at once; on demand erase name and login.

    Raises
    ------
    InputError : nobody has that login.
    """
    account = session.scalar(select(Account).where(Account.login == login))
    if account is None:
        raise InputError(f"nobody has the login {login!r}")
    session.execute(delete(Secret).where(Secret.account_id == account.id))
    account.closed_at = account.closed_at or store.now()
    record(session, account.id, "account erased" if erase else "account closed")
    if erase:
        account.login, account.name = f"erased-{account.id}", "–"
        account.issuer = account.subject = None


def reset_password(session: Session, login: str) -> str:
    """Return a new random password of an account; its sessions end.

    Raises
    ------
    InputError : nobody has that login.
    """
    account = session.scalar(
        select(Account.id).where(Account.login == login, Account.closed_at.is_(None))
    )
    if account is None:
        raise InputError(f"nobody has the login {login!r}")
    kinds = ("password", "session")
    session.execute(delete(Secret).where(Secret.account_id == account, Secret.kind.in_(kinds)))
    password = secrets.token_urlsafe(16)
    _add_secret(session, account, "password", HASHER.hash(password), None)
    record(session, account, "password reset")
    return password


def submitter(session: Session, report: Report) -> str:
    """Return the name of who submitted a report; an erased one is a dash."""
    account = session.get(Account, report.submitted_by) if report.submitted_by else None
    return account.name if account else ""
