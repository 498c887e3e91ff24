from tests.access.operations import operations
from tests.access.scene import staged
from tests.access.test_audit import ELSEWHERE, _HEAD, _of_both
from kvartal.testing.host import rolled_back

async def test_probe(gql, host):
    async with staged(gql, host.host) as scene:
        for actor in (await _of_both(scene), scene.victim.resident):
            for name in sorted(ELSEWHERE):
                async with rolled_back():
                    [op] = operations(scene.schema, scene.victim, name)
                    head = _HEAD.match(op.document)
                    a = await scene.client(f"{head[0]} {{ errors {{ code path }} }} }}", op.variables, actor=actor)
                    print(name, actor.kind, (a.get("data") or {}).get(name), [(e["message"], e["extensions"]) for e in a.get("errors", [])], op.variables)
    assert 0
