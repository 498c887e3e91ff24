from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "kvartal_audit_entry" (
            "id" UUID NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "updated_at" TIMESTAMPTZ NOT NULL,
            "actor_kind" VARCHAR(20) NOT NULL,
            "user_id" UUID,
            "session_id" UUID,
            "service_token_id" UUID,
            "actor_name" VARCHAR(200),
            "action" VARCHAR(150) NOT NULL,
            "object_kind" VARCHAR(100),
            "object_id" UUID,
            "input" JSONB,
            "changes" JSONB,
            "request_id" VARCHAR(64),
            "channel" VARCHAR(20),
            "address" VARCHAR(60),
            "organization_id" UUID REFERENCES "kvartal_organization" ("id") ON DELETE RESTRICT
        );
        CREATE INDEX IF NOT EXISTS "idx_kvartal_aud_organiz_66abf4" ON "kvartal_audit_entry" ("organization_id", "created_at", "id");
        CREATE INDEX IF NOT EXISTS "idx_kvartal_aud_organiz_b9f7c6" ON "kvartal_audit_entry" ("organization_id", "action", "created_at", "id");
        COMMENT ON TABLE "kvartal_audit_entry" IS 'Who did what to what, and when (``created_at``).';

        -- What somebody has done, and what was done to something.
        CREATE INDEX kvartal_audit_entry_by_user
            ON kvartal_audit_entry (organization_id, user_id, created_at, id)
            WHERE user_id IS NOT NULL;
        CREATE INDEX kvartal_audit_entry_by_token
            ON kvartal_audit_entry (organization_id, service_token_id, created_at, id)
            WHERE service_token_id IS NOT NULL;
        CREATE INDEX kvartal_audit_entry_by_object
            ON kvartal_audit_entry (organization_id, object_id, created_at, id)
            WHERE object_id IS NOT NULL;
        -- Rows come in the order of time: of use to the retention alone, and nearly free.
        CREATE INDEX kvartal_audit_entry_age ON kvartal_audit_entry USING brin (created_at);

        CREATE FUNCTION kvartal_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'a row of % is never changed', TG_TABLE_NAME;
            END
        $$;
        CREATE TRIGGER kvartal_audit_entry_is_final BEFORE UPDATE ON kvartal_audit_entry
            FOR EACH ROW EXECUTE FUNCTION kvartal_refuse_update();"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWtz27iS/SsofZm4SpO15edMtrbKzngS703sXMe5c/fOTtEQCVlYU4SGjyia2fnvFw"
    "Bf4EsCZVImrf4iWyCakrpBoM/pRuPPweNX7PrYfn3u+2Q29y8C64H4gx/RnwMHzwj/p6LH"
    "EA3wfK5cFy0+HtuqjIFDGWOcCo0938Wm+IgJtj3CmyzimS6d+5Q5QvY9W/BLLsIolEJsgq"
    "L7eIh6yJsTx3+D7u8fyfL+XrRgxP8lFppib4qwYyHx1T3ksDGzlq/FpwYO/T0ghs/4/abE"
    "5R/z62+8mToW+Ua8+O380ZhQYluZn08tcQPZbvjLuWz78uXqp59lT/H1x4bJ7GDmpL3nS3"
    "/KnKR7EFDrtZAR1x6IQ1zsE0vRgBPYdqS6uCn8xrzBdwOSfFUrbbDIBAe20OPgPyeBYwr1"
    "odhW1vj1jFnE9l6Lzz79r+h7KjKGcX1zZ3y+vDMMcdFkjrALdXyhjT//Cvunv1q2DoTg2/"
    "fnt68OT/bk72Se/+DKi1Ing7+kIPZxKCo1m6rSdIn44XxUFFX6E7/i0xkpV2tWMqdeKxJ9"
    "Hf+ziZrjhlTP6fBcoWjTZubja4ctmlTx3dXHy8935x8/CbGZ5/1uSw2d312KKyPZusy1vg"
    "otwvizFT6CyU3QL1d375F4i/51c32Zt1vS7+5fA/GdcOAzg/8gA1uqFuLmuIl3TQ0bzK0N"
    "DZuVBMN2zLB8Xi1a9O0Uu+XWjLrnzMiV087EJ6RrGmcww98MmzgP/pS/PTlaYax/nN/Kue"
    "7kKGeA6+jKSF76K6MwuTgZgeNTu+6jkBPdzrPQhE77PuDF0j95VFYs0cBGLNcyG83yLdjB"
    "D1KNQmviI+PZ4yKgtkWdh3PTJJ5X6k7luuj5U+NIyMCp1FqH6txB3Hmy2ZIQNMNLtGDuI1"
    "pQfypdrPCG6NX/BvtHh0fylYjXowP5OpKvh7J9guQfjNJeh2EvLP8/Di+rcntV7tev3MAP"
    "2KF/YPk1eaf4O4r/4681+A3cNHDTYDUHNw0Mu8KwybJQbxbMiTU5HW7d01g736Xaiheamt"
    "rKie2KttRluqbGSkTb1Vpxytiq2gqOZLkWiyr8mbmEPjh/I0upyCv+fbBjkhKFxfPeTe5+"
    "3dJd2poOZRcvEretbGTwf7gnRHz5M2/5lHh79fZuUPrgNqHAS+VenXpc1+ouNw9p6C3xph"
    "vQ24Vyr37pLbfaVejt6dgvGVllqE8ddhp4Tx3xGkAPzYnrMec7D81tbBJEHcQcgtSnLQR6"
    "IbiLgF4I1fYVoBfCQEu+noWgrgaQCzx+BYAbADfw7wG4gWFXGfYrn69LPcIrxy83qCKRs6"
    "ZY+Vqy30FNE/Evwf98Pzo4Oj06Ozw5OuNd5KcnLacrrHh1fZfDIBP+/Q35pqCo6mBERqiZ"
    "kERLXnM2KDHa39eISvBelWEJeS2rQWyn5LFX1OIFYzbBTrkiC7I5ZY65cFvaTFqamSAubm"
    "4+ZOaGi6u7nBa/fLy4vH11IJXLO9HQQSyOSeyaU/p1o0k5J9rArBz5LM8IjXs39QKvsREd"
    "JJz7mupSRF4yaQbsT7vsj4SVDSjvS3SfTo23tTpTHqLWmYtbZq9mL2SHYS0Gw3BjmVrx6i"
    "kW6X1CdrNAsvxU4CKAi6g7/QFkBS5itwwLYVEIi7auNrEe11SXIvKSBxfABwgedzF4HPvt"
    "T9VZjBn6pS9l8mkNdv2Nr8jOuWW5VanCmQ5DLdj1KETE6u/qpwkjh/gyNzgSQxOXzdBiSk"
    "2RKRyGliUg87jliYWoU43JYrAefwOAYADBwFMHCAaGXWVYZb7WjXIqIj2KcZ7ohDhPqiOc"
    "J4UAp4093+CrziZPRV4Wtl49y6zW4chSdxOLuxcV2SoW3EZY5MYhd/ypf8s9vFL3XL2u55"
    "0zh/vLXIT/PkszKHI3JWjORwVxfJHT+b0QR0JclkdAPv/lc25XLildf+QzFHiIuchh/hvE"
    "HfOwM/U9Yk9E0QSLuCIHodqFl7eTI0bkkoIHDx48OHrgwYNhVxo2mTR1/fd0lu2P935wou"
    "G9H+TNkHrv4lLWew+XmDpqiwV6pLbmQQ/1vGCjWSQj+FyTyI7jHfJtTvntNrBeVhLQ6rNQ"
    "NVFFsqLtKlP3VZHt5e7v152zGs7d35CTaZaOgfzo56qE8wl73oK51i2HruV1BbM9hloAeh"
    "7JGG4ipBHfsqnzyKEw9hEXEnmF8W3QQqQZeo/EQhPmDsULwg4i388wtUsANdQUBIgMSAog"
    "Mhh2ozxDXFYcrxrrJQJtYb3mCwuOjnUqC/Je1Xv4jgu1BR/5Ny7X26UTzApEf0aHsWyP4P"
    "JIbxvkil2QhRghM3FZMlP10EsleqS4Mw29nVWq7QxIhpc02QLJ0GPrAXbup906szlgve0g"
    "6b0Dmmsw5f3pjM0tmXAjTe/YI3EGZYRNpsNQi69xQxHDT2TW0jU3DgkJG5nf4BFPlD35zk"
    "PmFIuyVhMU3RPJe3o/IjHrIcYHwZBfmpHZmLi8QdbTRtRH0XoG1A1QN4DwgboBw25gWDnV"
    "GuKYnTogOiu1w4dDABjr8+AHMNZPu0WuY00clpXa0Y3HkRKagF+f01t1SmFroVd2ILSHuq"
    "pq7tSotVOjxI48Is8ScXAJpejDVByu54iod0m14H3lwJexbDGRznkx8nW/Rulgn/pQrwfA"
    "GPjsAMbAsFA7uIn8w3BJKShpBVyNBXoU8j3Qqhl8sKJm8EGxZnBnohgdCPz2No6xZd11K5"
    "LB/eFPxJ3REHpUeddKF30/25hnpTRcbiGGTOy6lMiilsLpjs5dnChudvg6Cj3rvWHkqY+X"
    "Yu+m3MSp707HgED5ruBbg28NLhj41mDYlds4M5O79qbEjBS4j+A+QoVMcLI77WRDpcdYZ9"
    "uo9PiZuF+pSapTqzId9MCIF4rUSa06dxDXA3ngxmGuSKlyiUUcn2K77MTANxJ4+OSbL8rG"
    "eFOxGS5MsxLtIqyPHskc9sQB3gC3FPAGGHajxCogqTdEGZCS9qSUtL6eCxjrtnPHAnYoxw"
    "9yxWrPwy75ymeGTRbYrCRY7zms17EawGDB/m6cAzKsTTLspW6dU+mbi8gzGqzjeZKOw/p8"
    "T+J/aRI/KJION82FtZCoJ0oahTWPbBslHh2a4SWS54EsqD/lfXlH5tSIPheYqeTLQhAaSK"
    "G6KyNwB0AK7ZZh4+mypiOUE3vJTlBfXccOhZuz7kTdPVJF2Zc83Hrtc/cgAF1wGJ++6Swb"
    "Tu3UANTYeVZ8vDS0qEKCpypQxSb9Ul5uFdwK5FuTa1zRdbgB7KuffJwFfrks5CclGReeWs"
    "g2BqAHeACAHhgWso0h2xjgH8A/gH8A/9qEf03AmFW4pR5QqYVLomPlkyPlEX+DkUXETx/G"
    "6cgmnmOT+svwZA7Rwr8IJBwD5ADPFCAHGHYDw8JZEkXEUessCXOKHYdUnGOyXoeK+E6rsW"
    "Mpex0Ab72bSjqU8Qzmg5Tn3bIen/5cg2M6p8R61dRhVmqjBWhLtsquP4dazOHhCubwsMgc"
    "SmXUA4OKyI4SXkIDTVA0X6L7dEpVa6kZxf6tMTJSM2V0TKwyDS4mtlINIkbm+qYbwr0fEZ"
    "nNbbYkRByr4VHRPhTHoI6ZP32N7qYkPiaVenIfuOBsbLYgLjKxVxlGBpIGSBrA8kDSgGG7"
    "c1Lqs7h0rZyUOuc/vtZ2+kSgEcVtYSf4wYlOCD0/eJUI+klBZ/GR6nX30hcE+zT4jrUG3/"
    "GKwXdcPC/V4K4W/VoyAFdup8/I7epW+gLkeLojfW6aLJCufNGXjq/pudNY6a1TZCnqL05Y"
    "MPnj80C8qNyrPEPh8EwWfT2R/x+rRV/l6w9IOVXhVLweRycs7L1B9/fcxFwBluEE4qC7+3"
    "vhfovcTdHlQN7tQH7K6EA45PK9PJTh4CxqlW/khx9g2XQMvjr46uDSga8OhoXTGNo6jSFc"
    "ruq4l6lEjwKlxzo89XE1TX1cZKkz630tsr8g2R8HvXk9km8+cR3uzJV5KyuQdVasPxpsJd"
    "kau+aUA5VNlrGcKEQNoczO8xqvRrL83CUz6tWtzp2V2tF4ISTIN5AgH42kJvT3Kb1Vp0bd"
    "Ws1ln6bWoq8rqzfVrNhUt0ZT3D8ii0I6KOR+sEIW4ZANGhZO4jw096Ka3XwBRX+IdHk3sE"
    "nIDy242djC0+R6fi0bqR5zfeORLMX/vOU3IISAEALeYENXDAihF2pYIIS0CCGuUa70ktLT"
    "1VhcEekVJaTHZawiMwpAXF2KddWnyvRIfyMt/Y1W6G9UUj2ez4x/1MwVUGW2p7/BZeCyOf"
    "mPj8wz+YzzJFU2X0YeWLUGWLUJxZ7xENTzmjNCT3Cen59Fq0HEAP/Yb98I+MeNhv3vAXew"
    "a29WyEq1OkUA/diJYdYS/RgNpCb09/f0Vl0adGsVl32WWmcf37ksmA9WUZBhj2EtHtJ4SI"
    "TWspEXSTV4WSseuwR5xEfBHMWsYcRSHqYnmB8dpmeaR6/7SIfKVPqM9oChBIYSiKwOOGvA"
    "UL5QwwJDqZeyhme1+KG4/65za8BNPk1/QHL0e3oFkgOQ+zMi94ZR6Ecis4fXYtGo33ADRG"
    "rMUtk6aTJUVIyUd3jD/0maxfFlYyKueoQ7LvyLViDKUggZfqPwf/UsAahoD9ASEAhASzAs"
    "HF3WVFxHXWt0VaXK7IqewKMGj7ojsbAkhPJU7RUCOZ16YNdqT52G4GwyTaVt62yyzJNZht"
    "zyj64GZMvPHjpIzSYP2EaioJy/DMOFRyQNF5ZUwyB7CDsW4gANjVngWNhdiiIaGPnEwY4P"
    "hSoAmoEHD9AMDAtRv20XqqjUUmV5hQ2V1E4ROYiNaiip/ZrT/Tp+Y/Dx/Pr83eXHy+s74+"
    "3Nx0/n1/9TdwbN61RLpSs0Wii659Q6OzHq3qMNByOd/Qaj6u0GI9iy0cKWDdg/1Mz+oTG1"
    "bQGIZ8zxp4Y3pZMSt/PzDNt25fpbcYvteSz7m63Fh6PTk2QZFm9WrcCfP55/+FBchm3+Uz"
    "zf4I4anVAzpLKYY5ek3qysQLrqNlssSJq0vNSKpHHxjTJKRinMocHGKBVBdIiYCbewqN2P"
    "HSZTt7lZ/JBYydWcmKjVJNJE7aMflKRtK6VtDo+flK6d48Mgext4nNrLG8B94HF2yrDA4z"
    "yJx4GCoz+uLpQJ6dtPS9/uGcVze/n56qfL67ur8w9PA4fNnxEKTEUDTIVHxKaAov7uuJoq"
    "HuZEYovDsMkV/fKfd5nFPNbPq4/n/9zLLOgfbq7fxd0Vfb79cHMBmzJelNcEiYmQcAcJdz"
    "1MuIPMsZJ5qLXMsbg+RxlDqdTu0GAolaIhOgwl7+pSn7lRnlhYGSI6F2lfKTGhtByO994g"
    "R2zxQRjN+acJRlOkji25AwNVJICHBLqqA44X8JAv1LDAQ0KmFFSR6Kz+gLDo9/QKEBwgeK"
    "+rSNwSj1rEMZeDMjCZXh1qwUk3018DUEYC/nfiOBSCfCZAYpg1Iw5JEcfmLkRlQ/7TRY1D"
    "MkMeIfwC7DECTAjQATAhGBaclnYnPjhfcBNdxet6TWXlxF6ytsAdbjciFQ+lJhR4q9yrU+"
    "Nure5yDxScYqmltS2dYpkMqxXQy6+HvHxd4DUnrscdo8WUzRB2kPqMcYjlfiVeFOI7Uco/"
    "jJT9BbIsxJE4y/L+PuAS9/cCrHEcRl3k8XHyPXWGiPEBItqWaIq/Ev6WAHAD4Ab+PQA3MC"
    "wE89oK5k349zfqRvQyQrselppPa+6aTgT6k8fdfCY88CobcQXCe6ypLkUETkwDimBDikCM"
    "oiaU98Xr4VlpyiPUGsD9zIEkNcmgDN/G14Za8NZTeq9Ft5/ZjONKsV0+PBUtB28txsHthL"
    "mI+l4SgBRxRuKEWJW5FhFXo2KI4dlpBwrqPUzPVDvch6PQAPcOAB51AB4B7n2hhgXcq4V7"
    "e7an+ebu/eVt3WHdNobzqW/XrBcWCew6ZwCpwE/Tn+rEFlRYvQ88J9Zl/mXbu8HnbgQZtF"
    "msWKDLWtxCNQLqGRxg0a8lyltZoS4jt8WSdDEW6URFOkjvfzmOJzC6QFb2Or0/YtluBKM1"
    "WEHDhR2Gdbg4gyUyGvkmkVDIrRFL8m9Jqn+UanKq7BrHyv+nSIOHO9t7g8ZL5LAxs5biWE"
    "mx15yagY1dRCeID6rJBFnUgs0DwMUBZQNcHBgWuLgWuTi+3viBtykbl0pvkY+7vvyla2yc"
    "yWaz0hzuaj5EEekyit82F+KxwOU+WzVFXEXQZcS6rNFtVGkMtVHP/8sItZqt0qGcnj4U8u"
    "uQuoBngB15L31HXtez7bLleEOKo+ZMn5F6yQMLyL52MxO7W05zq8rTq6cJuxc32L1YMts1"
    "oTQlq7NfSsvO3d3dX9ytJGK97cVPD2O8ZzPyC7UeiP92yqoyigudhlrhjCkXMxZSTi+Y8c"
    "tURgwQRqGU2Pc6p45DrKE8F12kFc9tbBKxNfaRLOOdsTgpfTu3gwfqfOdFN6iKR5RmDIts"
    "md8gUgGRCiC0IVIBhoVIxZOzhuulbPYvW7P5w7fC1b6otZXJcakQZMbJh52WUwSrzxFW5X"
    "bi8GCghoGV6ncKms+1a/1M7XLUplwe6qWfSQH+8bb+wcq8rzxIObsTNIRrsr4s9dGY2Mx5"
    "4ECNDUUimcBpbMGtymHaOxfPp3//gMQokDJ8EYQkMoBm4MEDNAPDbmBYOG5jsz1iM2JRHP"
    "78GtrLSvVIh+0k8dA/yvY10YdKzBFLbA9vbKK5EHL8MBodHp6O9g9Pzo6PTk+Pz/YTAFK8"
    "tAqOXFy9E2Ako9eSNMcpHh2f1BmMqUSPBuLJkcY4PDmqHIbiUq7o0dxm2Kpf+Cgr9qLhXA"
    "YFC0+8dvZiVmrHkxdDZdRkEBSZXUldBMIFCJdeEy5vXea8tTGdDcr4lvTqUItuMXl/w0wE"
    "1rItNw5BzDQD1yWi+LNgXZBnTokV2MRCXJS5QyTvx9+Ol2gxpfyqOB427uUik39nNKGuty"
    "I07mPvUapRfJYngB5ExYF6qfvIA0IH6mW3DBvPm7o+dNy/R2jtQCvie7Ai5HtQjPmm60zN"
    "5yEj+FyPww7W8Sg4p0/3rH4iNuWeSvlZiclFPb/KUrtreVVT7FjCO/IZGoujEm1LeFeMX+"
    "Huk+MPEXPlO+ljRb3cwHmDLNEqy5tSn9/FQ2KPJPX5CIMgFnhSsOCCJwWG3ciTcqOccX1f"
    "KpbYdW9qjpeCyC4q778/31xXZH6lIvlHgZo++n9kU6+ZHRRtu0/iN2YGeWGDf34vf270ih"
    "vkN/hbfAmvP8WkUuCZPsskImZSPsUHjk/tusbLy0KNwOewoPCuN3nyUjGw23PYbYKpvZFb"
    "lhEE2z2H7TAHr7O5X1JfqTKJQxXpfOJ4Y5s7bOz5BnFdVnLQTXUNpaxUl+PmqwZ1G2WUJN"
    "NSMyqsyrzg+hkrgsFSA0WVbRAFDvwx+3b5tY97pdVh0FrsV1VQGUmZU6AGT5nYrva5S1N+"
    "dyJ3RVNHbopeUJeIwq8zoB2BdgR2CmhHMCzkzm8t//EZKccOEGONcY4thFWvLI7MmE8cc8"
    "l9wVK/JddFz3WhqVB8yJDObkHeNTo4Epk25d6PjJkGnvBkFtSfyq2B2PEW4SGRD8x/I9tZ"
    "4Iv46zAUXnAZjDzCl8kVWWwyViuuQlkX8H9gmQT/Bwy7zrDJlKnrACUCu+4BvfhKL6PjY5"
    "09l8fH1XsuxbVcKWtmLQ3uAUzr6C4j1CMNNr/RLXSU6rDPqQQwz4qjEm6Z2MRRyUhuZz1r"
    "mYruxaLVAlI6DyzqXzp+RQqqclkPIWEhYJBEQqP2JZOHaMmiKT6Tf+MyKsRBr+7vU7f4/n"
    "5Pk+gtLXSZ9a95Gxcq7YjNeFNYUQQgFEAo8LQ39LQBQr1Qw0pEtGI3/foDqrJ36JGD2/wZ"
    "VYFXv4qDt3O76j3iefU31GeldkdXYS16nz2S+horyu6K3sJJqW58LCvVZci5hQJTqS9dQ3"
    "3l5Vi7vAq0s0N0/H/E9OsXqcmK9WcAtlOlJtRGzborqtCuzHbUmQcljnl1NDsRgO0zxe0z"
    "5hQ7D6Qkobhan4oIaLSoUZfwn+OVP8rVs2FWqj+TYfPEuRheDinZFFStPEWkP5prHpFxJM"
    "zHZcXhyxVeTCrSH82d6GjupFpzJ8XVtyu1z55/Tuxt6bPtqu75K5/99W/qavg9"
)
