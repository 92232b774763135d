"""An operation for revisions: ``op.guard("tender")`` puts the must-trace guard on a traced table."""

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import text

from archive.guards import trace


@Operations.register_operation("guard")
class GuardOp(MigrateOperation):
    """Make a table traced."""

    def __init__(self, table: str) -> None:
        self.table = table

    @classmethod
    def guard(cls, operations: Operations, table: str) -> None:
        """Make ``table`` traced."""
        operations.invoke(cls(table))


@Operations.implementation_for(GuardOp)
def _guard(operations: Operations, operation: GuardOp) -> None:
    for statement in trace(operations.get_bind().dialect.name, operation.table):
        operations.execute(text(statement))


@renderers.dispatch_for(GuardOp)
def _render(_context: AutogenContext, operation: GuardOp) -> str:
    return f"op.guard({operation.table!r})  # type: ignore[attr-defined]"
