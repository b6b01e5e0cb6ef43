"""Begins runs: writes their rows, before their turn where that can be, and takes back the rest.

A request never waits for the disk then: its run stands when a slot is free.
"""

from __future__ import annotations

from msgspec import Struct, structs

from proofroom import clock, ids
from proofroom.domain.budget import Refusal
from proofroom.engine import holds
from proofroom.engine.lanes import Square
from proofroom.engine.plan import Plan
from proofroom.engine.prepare import Prepared
from proofroom.engine.recorder import Kept, Recorder, settled
from proofroom.providers.adapter import Adapter
from proofroom.workspace import runs


class Ahead(Struct, frozen=True, kw_only=True):
    """A run whose rows are there, or on their way there."""

    run_id: str
    kept: Kept[runs.Begun | Refusal]


class Beginner:
    """Begins the runs of one press of Run."""

    def __init__(self, plan: Plan, press_key: int, recorder: Recorder, engine_id: str) -> None:
        self._plan, self._press, self._recorder = plan, press_key, recorder
        self._engine_id = engine_id
        self._adapter_keys: dict[str, int] = {}
        self._limited = plan.limited

    async def begin(self, ready: Prepared, *, haste: bool) -> Ahead:
        """Have a run written; without `haste` its turn has not come yet."""
        new = await self.new_run(ready.square, ready.adapter, ready.body, ready.digest)
        if self._limited:
            column = ready.square.column
            reserve = await holds.reserve(ready.call, column, self._plan.source)
            new = structs.replace(new, reserve=reserve)
        return Ahead(run_id=new.id, kept=self._recorder.begin(new, haste=haste))

    async def begun(self, ahead: Ahead) -> runs.Begun | Refusal:
        """Return a run whose turn has come, once its rows are there, or why there are none.

        What a run may cost is reckoned from then on if a budget was added a moment ago.
        """
        if not ahead.kept.done():
            self._recorder.hurry()
        found = await settled(ahead.kept)
        if isinstance(found, Refusal):
            self._limited = True
        return found

    async def withdraw(self, ahead: Ahead) -> None:
        """Take back a run whose request did not leave: nothing of it stays."""
        found = await settled(ahead.kept)
        if isinstance(found, Refusal):
            return
        key = found.run_key
        await settled(self._recorder.write(lambda db: runs.withdraw(db, [key]), haste=False))

    async def new_run(
        self, square: Square, adapter: Adapter, body: bytes = b"", digest: bytes = b""
    ) -> runs.NewRun:
        """Return the run that a square becomes now; without a body nothing is sent."""
        now, column = clock.now(), square.column
        return runs.NewRun(
            id=ids.new_id(),
            source=self._plan.source,
            press_key=self._press,
            cell_key=self._plan.cells[square.row.key, column.key],
            sample=square.sample,
            prompt_key=column.prompt_key,
            version_key=column.version_key,
            content_key=column.content_key,
            model_key=column.model.key,
            adapter_key=await self._adapter_key(adapter),
            call_hash=digest,
            engine=self._engine_id,
            messages=square.messages,
            started_at=now,
            offset_s=clock.local_offset_s(now),
            request=body,
        )

    async def _adapter_key(self, adapter: Adapter) -> int:
        known = self._adapter_keys.get(adapter.name)
        if known is None:
            known = await settled(
                self._recorder.write(lambda db: runs.adapter_key(db, adapter.name, adapter.version))
            )
            self._adapter_keys[adapter.name] = known
        return known
