"""The roles of the platform and the people in them, as values.  Pure.

An account has exactly one role, so that no one holds two of the administrators' (三员分立).  The name in the
log is the account's pseudonymous id; login names and names of people stay in `trading.identity`.
"""

from msgspec import Struct

from archive.values import Actor, Instant

ROLES: dict[str, tuple[str, str, str]] = {
    "tenderer": ("user", "招标人/采购人", "Tenderer or purchaser"),
    "agency": ("user", "招标/采购代理机构", "Agency"),
    "bidder": ("user", "投标人/供应商", "Bidder or supplier"),
    "expert": ("user", "评标专家", "Evaluation expert"),
    "member": ("user", "招标人代表", "Tenderer's member of the panel"),
    "host": ("user", "主持人", "Host of the opening"),
    "notary": ("user", "公证人员", "Notary"),
    "witness": ("user", "见证人员", "Witness"),
    "regulator": ("regulator", "行政监督部门", "Supervising department"),
    "supervisor": ("regulator", "综合监督部门", "Comprehensive supervision"),
    "centre": ("user", "公共资源交易中心", "Trading centre"),
    "archivist": ("user", "档案管理员", "Archive administrator"),
    "security": ("user", "安全管理员", "Security administrator"),
    "auditor": ("user", "审计管理员", "Audit administrator"),
}
"""The roles of the platform: kind of actor, Chinese and English name."""


class Account(Struct, frozen=True):
    """Who somebody is on this platform.

    ``org`` is the code of the organisation he acts for; for an expert, who acts for nobody, his id in the pool.
    """

    id: str
    login: str
    name: str
    role: str
    org: str = ""
    demo: bool = False

    @property
    def actor(self) -> Actor:
        """The same as the log names it: the pseudonymous id, never the login name; an expert by his id in the pool."""
        if self.role == "expert":
            return Actor(id=self.org or self.id, kind=ROLES[self.role][0], role=self.role)
        return Actor(id=self.id, kind=ROLES[self.role][0], org=self.org, role=self.role)


class Visitor(Struct, frozen=True):
    """Somebody who is logged in, and the id of the session (its stream is ``session/<id>``)."""

    account: Account
    session: str
    ends_at: Instant

    @property
    def name(self) -> str:
        """The name shown on pages."""
        return self.account.name

    @property
    def role(self) -> str:
        """One of `ROLES`."""
        return self.account.role

    @property
    def actor(self) -> Actor:
        """As the log names him."""
        return self.account.actor


class Opened(Struct, frozen=True):
    """A new session: the token is told once and never again."""

    token: str
    visitor: Visitor
