from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        -- One key says that a reading's organization and building are those of its meter, which is
        -- there and is held in both: keys of each of them would be looked up for each row again.
        ALTER TABLE meters_meter
            ADD CONSTRAINT meters_meter_by_building UNIQUE (organization_id, building_id, id);
        ALTER TABLE meters_reading
            ADD CONSTRAINT meters_reading_meter_same_building
                FOREIGN KEY (organization_id, building_id, meter_id)
                REFERENCES meters_meter (organization_id, building_id, id) ON DELETE CASCADE,
            DROP CONSTRAINT meters_reading_meter_same_organization,
            DROP CONSTRAINT meters_reading_meter_id_fkey,
            DROP CONSTRAINT meters_reading_building_id_fkey,
            DROP CONSTRAINT meters_reading_organization_id_fkey,
            -- meters_reading_resident_same_organization holds the resident.
            DROP CONSTRAINT fk_meters_r_kvartal__cbb3a012;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWtv2zgW/SuEv0wLZIPEdpuis1jATTOd7OTRTdx2MLMDgZZoW4gsuqLkNNPtf1+Sek"
    "uULCqyLVsEAkemeCjr8HV57+Xl994CucghxyMbL6D1NJ47iMyxZfTegu89Gy4QvSjMcwR6"
    "cLmMc7AEF06sBEiDPkhzU6gJcR2ouzTfFFoE0SQDEd0xl66JbYb+FT+CBbSfgGsuEAHuHA"
    "G4Qg6c0f+AloQ9R0c/EaBjm3gLDqP5n8AE0b8pdhDANgImAZA8IAPACfZcYLrH7OmebX71"
    "kObiGaLlOvRxf/7Zw84M2ubfkJWkmfxXho/RHkzb6P31F02iF+gbIgzCvi4ftKmJMmz5YJ"
    "6uuU9Lnvbp0+X7X3hO9qoTTceWt7Dj3Msnd06fG2b3PNM4Zhh2b4Zs+uIuMhJs2Z5lBUSH"
    "Sf5b0QTX8VD0U404wUBT6FmM894/p56tc84eVtBxoXVsTI4X2EAWOWbPPvtX8DsTGE27uR"
    "1r9xdjTWM3GfG0Dk3bZWx8/+Hnj9+ap/YY8PzX0d2LweuX/D0xcWcOv8k56f3gQOhCH8qZ"
    "janUHcReXINuntL39A5rHGJa08gMvUYAPQ4v6tAcJsQ8x025hGjdwvrDsY0fm6R4fHl9cT"
    "8eXX9ksAUhXy3O0Gh8we70eepTJvWFXyOY9kO/w0aFgC+X418B+wr+uL25yNZblG/8R4/9"
    "Jui5WKMvpEEjyUKYHCbRrHHFekujZsWmkapiW1ax6TEzV7fnc+hc2N6C1+0lZQHaOsrVca"
    "6QTDVT8jZVsQwvWX29BfymWcieuXP6tX9SUp2fR3d8NOyfZKroJrjT57d+pCid0okSO4J+"
    "gnSTTq3ibhKDsl3ERx0H6BbxWMLb+4vzy+vR1YvhUZ8TR1u86aIko8McbYIJveqcLIA2OU"
    "Fvn781UzATZaYPwhk4SUWewl+ooGXO7N/QU65DZwgLR8nbTHnt4i5OjcUmBz5GQp6oZdAL"
    "Kjchvzne0QH07vJ83OOc4j5OkMpSFv1FNgXaVKg1gp/NfkcgbV/zfx+xZepPImk8db+KJL"
    "6Ms64Vv8dU3iaPpqvPqfCNpwDaIPnq1cVoJTUrqVkJV0pqVhVbVrErOj4LJ9hL2xVXaAKR"
    "qU02eW2o/k5lJeMZK/kf/dPh2fDN4PXwDc3Cnx6lnJXU4uXNOCPS6dijJWsWfS3iapQCc2"
    "rqBaLJO4wtBO2Cca60oAyhE1rSphiNUppp+O9ub69Sbf7d5Tiz0Ph0/e7i7sVpRozOc63E"
    "ZyU+77P4fI4tC9G5ZoXeIxeaFhHJ0PlMVQRpPULRnx7D1grVX+bQBdi2ngAEc+wRBHiB4M"
    "V/vZPhKeKfQ/45ZZ/9wUswh6RI1laCtRKslfylBGtVsSUVa7IplXLLJ5ylBf3JNa+TLhgM"
    "hehayuhg0Nu2LrqaMrpMG53Tqwak0DYvEmlYbyklM8KV9ZX2EFqmlKYNPMMNQVCemBToEF"
    "mhYMMUS8DV7EGpArZnC+p9ub377fLmg+wAummDELRpk4Azm7YMXWOtR3L1K8SrRS9NcdFi"
    "yV7XcxAlxiYis1spteICFLc0ZUmndVKbWAFasfqWmcoX2EUaXV4Ypj2TJDUPVpwq1Zfcaj"
    "mjU5HkK4nZrtJBaQgPTkOYaYp5Nm9tNMb0Yx2XSQt721rfWgaTXaqEOllPhF6RC0IllWlU"
    "Ieu1pCNfK0onJGCglakjXz864DrR4Qm/fsM/T/kn8tMB/zfgn2fs8xW/PezzTCdHIKVYVU"
    "pVpVRVujelVFUVq7wVNuWtQHS8LFA3r1d5ReBOuz7zt67JYIjdIwIHVQgcFBM4yBGo3PEb"
    "b5OmgWzXpMUJFhglpqQUao8IfD2sQODrYSGB7FaaQPSNivc2tISqgmIGM7D9scI1z+DEgU"
    "W9WcxdBNgf1k4r2S5PS2yXp3nbJV/+yBAXATpOHKELctr16FQxkRv3csD9IfJVFR5fFdP4"
    "KseijhcLkzBJWNpILIAeoqk46Yqr0SKQsxKZN+8X0LLKVhviQmqtPbbV9vzVx6B/9jpaeL"
    "AvZWuO++vR1VV+4eG/v3QTy8AOsXnZVIhIuXtLUlSEP0Su6GLA9Ujt9WuE3qK/xuh8fPn5"
    "QlY1s+kFQ6q9OAiS+o4wBUXtz5x6Wk02KRFNcs4wjj43V7XUjBloA3rG3XfkvVMmBpXwzI"
    "6RL2V/+kTzWh/6HM0wZ6YrGL7LRac0siPyEi3VJlPsLIJxlf0TjCVl4RaKithN8AVZzXeF"
    "yAun/aNh5dALpm26bNXnnkrSmAY+m7zdD8cRfa/r0NevS19f0UdZGNSlb9Bl+oJNsYFToK"
    "Q/lxD8DMeH3XMo4QAXvPwC23ReF8qipaRFuENcTQbvSLzJwnTreQUUFKHE9l2I7QQxkTtf"
    "hWP0rUC0jBFb1AjI6gLKquji93GqdkIJ/MX16PeXqRq6ur35EGZPSOznV7fvsqtXnYcikB"
    "xl06iNDq+79ZtNGb0806oxI2Vgm/XGbg9byoe9Fm1LBy1MgiQZS6M60h8dxHfEEkmuMrAG"
    "yVI+/wfv8y+aD5og8F2irFbNAmu5y0xvFXgLBqsmaPsYF9WmgW0taenxugJngcDVBGejuK"
    "i94iwtc9bYkxMO/HkSN7QtZ5vzw1r6MtNegxtzbnx+xZtz+M2jCht07DBjpcj8PAQ/d2kE"
    "OrQsQhN4OT8DG0+w8QQQhQKCECmNue+RaKdStGtJBQxVW3BkZRO1U0NtwelWxYbDdVU3zD"
    "D/Hjmeb8YBuEV71Nu8uFfqo1q0JQSaqnQlIAdNk1KHbFYdwtpRE+R9IvViHuyYtEQ3qkBW"
    "QXyI6mw9N0LEbtfyhSEizkf356P3F02dXvE5GVi7aIn6ORN9e+1SNRuuu0pIiSQGuCwO7y"
    "MkdO3qOCYyADsbLhFkwg8pMfAjR7xKhJ2AfiwJEN8eTnIwP8WIwcH1SWHQCeHhc8k6Snrm"
    "q/WxWh+rZZRaH6uKXROiYvdboFoglKs9UM/iykE6dowa215zwP3ZjqD0Lkrv0oqxS8oXhX"
    "U3Om5PnqTdUbLIQ/ZWVkqYzSphlF5hjV6hoNNuUXG13T5awS8gO/5s6kCkuyCK051nCf0F"
    "UvePKuhhorBQToiooIhheX0FDARfPVpzyAHYoV9mDvaW4AGhJQH00RbTyxQF/tSzypXhNI"
    "71OdRBDnaSUOi8SWhp0Muf6Y9BgNhwSebYBaYbPlxFCFXqF7VKV+oXVbEqQuimIoRaaFUU"
    "jmx9yIMIvFc+HU2H/whn7jyL/76/vRG3tSQmO3SYugv+ByyTbKzRNbvgY2+ZGhVyu9KyG9"
    "Ay3Z0VkN2VprMGx4/qqjHlZrBqe+YuBmAuTUuqQpKYjuxhUuq2WrQFCzdJxtKoA25hSsu2"
    "WS1b0JCa4O8/cVFtanRriUv3pQqc8cG9CcbCrXIfwgL3irfkHLdpRds9cl1KlD9sFCjboj"
    "xHMgo3kkStVbp9hA70SwB46m/d4cUAfho5Anwh8da/F24nPPKVckEz+4mwr5w7emk4cFq4"
    "qUepx5R6TGlRlHpMVaxSjyn12M7VY+r8l+ZP36Yj2kqw+a78yO0IpE7Y5S2GTgeaAQWG//"
    "L4tClgR8LTItuoQ1UC1hGipmwdRGdJolFe8CMSDHilnVSI32J/DZcgreuuUNfR0iUa+rY0"
    "HWlaBWg1CL5tQUC7tutR98ag0SLVPFtf1fGDzeI60qyUAegwDUAt4oogh51iLslVGnXAvV"
    "EZyzZrLNtRmMR2mX3koyS21Ma41QZ3SEbGrRJXwcoomCGaIO4+LmqvOmh6uqvAWSSvPoe1"
    "gp0Pe8VcVnDfnFWbH+nRExqzYTgrVLBhx3mrbBfxswuic8DExo6zxLWR2OTx6iW3alsWLW"
    "dmktgEzn8MmGKHG8AnpmWxh/ADOKoF6eiFxLCLAB8c4KECdCgTuOxcpCylygTerYpVJvBK"
    "JnCi42VBoM8KZ/CG4E7ba5UJvHFK0wKPcGAusF1kgQcZYceFD0g2qk4Sc5CkPOfktw0c+d"
    "YCkvZuzqY359h51jiaKaLTo6g+h7Zd38EtAe80jdKHDDd0uHALRpBa57tKnyrc7dOEpU8R"
    "7vbpwUsHrUzsEfmzvzNIRaBsP80gFYGyPTeD7CqBrHhvsRRb3UsJzCC7SiAt2iZT7Cx8U7"
    "3D/slOIgVF7EZqkdWCVSG0L0GojZDBTEcrEz3miSx1Ps1Clefp2xZ4nrZAdpbw4FLBa5Uz"
    "pTpzug1UhadOSgf5TcE643kaqU2l3cEF0ENmTTmhityNwoL31wu1deyp47q3cVx3h8JwC1"
    "uZXBzu5FjfRDPbz0DcghmvQksLJYsmeLtLlNVe7oQNLiNgbdgH9Y6u5knBkXLZLEfVfVK5"
    "liACrXVOvbURYDa4GQrDKvFS3oLHOQYErpBBr0x9DlbQ8hChX5B9BPAKOUF6YMBTkZSUG6"
    "nyNlRupKpilUvKrn0plEtKIzRiVoys/TsGddVuxhmQtXrHoE7TJmvrjkFdpc1Gj/KdNAZ1"
    "1n+MUyDbS2NQp5ubbC+NQV2lzaxp9zfbZPQPE3di7Pd1FDVsQDngIVuAlB27AeMsrOFUkk"
    "YdsquEMjJuNtJNIrTAM+0+iYAGrWp0FU4ThUXWRaHpJx7iu2v4yU1zzVovfvwflv/p/Q=="
)
