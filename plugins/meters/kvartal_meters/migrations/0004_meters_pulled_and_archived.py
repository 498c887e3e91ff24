from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        -- Who pulls changes goes on from where they were: through this index, however many there are.
        CREATE INDEX meters_meter_by_update ON meters_meter (organization_id, updated_at, id);
        -- A row of a bulk call may mean an archived meter by its identifier alone.
        CREATE INDEX meters_meter_archived_identifier
            ON meters_meter (organization_id, identifier) WHERE status = 'ARCHIVED';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWtv2zgW/SuEv0wKZIPEdpois1jASTOd7OTRTdx2MLMDgZZoW4gkuqLkNNPtf1+Sej"
    "8tKrItWwQCR6Z4KOvwdXnv5eX3nokcZJOjkYVNaLyM5zYic2xovXPwvWdBE9GLwjyHoAcX"
    "iygHS3DgxIiBFOiBFCeBmhDHhqpD802hQRBN0hBRbX3h6Nhi6F/xMzCh9QIc3UQEOHME4B"
    "LZcEb/A1oSdm0V/USAii3imhxG87+ACaJ/U2wjgC0EdAIgeUIagBPsOkB3jtjTXUv/6iLF"
    "wTNEy7Xp4/78s4ftGbT0vyErSdH5rwweozzpltb76y+aRC/QN0QYhH1dPClTHaXY8sA8XX"
    "FeFjzt06fr97/wnOxVJ4qKDde0otyLF2dOnxtkd11dO2IYdm+GLPriDtJibFmuYfhEB0ne"
    "W9EEx3ZR+FO1KEFDU+gajPPeP6eupXLOnpbQdqBxpE2OTKwhgxyxZ5/9y/+dMYyi3N2Plc"
    "ersaKwm4x4Woe65TA2vv/w8kdvzVN7DHj56+jhYPD2DX9PTJyZzW9yTno/OBA60INyZiMq"
    "VRuxF1egk6X0Pb3DGkc+rUlkil7Nhx4FF3VoDhIinqOmXEK0amD16cjCz01SPL6+vXocj2"
    "4/MphJyFeDMzQaX7E7fZ76kko98GoE037oddiwEPDlevwrYF/BH/d3V+l6C/ON/+ix3wRd"
    "Byv0hRSoxVkIkoMkmjWqWHeh1azYJFJWbMsqNjlmZur2cg7tK8s1ed1eUxagpaJMHWcKSV"
    "UzJW9dFcvwgtXXM+E3xUDWzJnTr/3jkur8PHrgo2H/OFVFd/6dPr/1I0HplE6U2M7pJ0jV"
    "6dSa300iULqLeKgjH90iHkt4e391eX07ujkYHvY5cbTF6w6KMzrM0JYzoVedk3OgTU7Qm+"
    "dvxRTMRJnpU+4MHKciS+EvVNDSZ9Zv6CXToVOEBaPkfaq8dnEXpUZikw2fQyEvr2XQCyo3"
    "Ia85PtAB9OH6ctzjnOI+jpHKUsy+mU6BFhVqNf9ns9/hS9u3/N9HbOjqS540nrhfRRJfRF"
    "lXit9jKm+TZ91R51T4xlMALRB/9epitJSapdQshSspNcuKLavYJR2fcyfYa8vJr9AYIlWb"
    "bPJaU/2diErGM1byP/onw7Phu8Hb4TuahT89TDkrqcXru3FKpFOxS0tWDPpaxFEoBfpUVw"
    "tEkwuMDQStgnGutKAUoRNa0roYDVOaafgX9/c3iTZ/cT1OLTQ+3V5cPRycpMToLNdSfJbi"
    "8y6Lz5fYMBCda5boPXKgbpA8GTqbqYogrYYo+tMj2Eqh+sscOgBbxguAYI5dggAvEBz81z"
    "0eniD+OeSfU/bZH7wBc0iKZG0pWEvBWspfUrCWFVtSsTqbUim3fMJZGNCbXLM66YLBMBdd"
    "SxntD3qb1kVXU0aXaaMzelWfFNrm80Qa1ltKyQxxZX2lPYSWKaVpA09xQxAUJyYB2kdWKF"
    "jT8yXgavagRAGbswX1vtw//HZ990F0AF23QQhatEnAmUVbhqqw1iO4+s3Fy0UvTXGQuWCv"
    "69qIEmORPLNbKbX5BUhuacqCTuukNrE5aMnqOTOVm9hBCl1eaLo1EyQ1C5acStWX2Go5pV"
    "MR5CuO2azSQWoI905DmGqKWTbvLTTG9GMVl3ELe9ta30oG412qhDpRT4RekQtCJZVpWCGr"
    "taQjTytKJySgoaWuIk8/OuA60eExv37HP0/4J/LSAf834J9n7POU3x72eabjQ5BQrEqlql"
    "SqSt2bVKrKipXeCuvyViAqXhSom1ervEJwp12f+VvXZDDA7hCBgyoEDooJHGQIlO74jbdJ"
    "XUOWo9PichYYJaakBGqHCHw7rEDg22EhgexWkkD0jYr3FjRyVQXFDKZgu2OFa57BiQ2Len"
    "M+dyFgd1g7qWS7PCmxXZ5kbZd8+SNCXAjoOHGELshp16NTxURs3MsAd4fI0yo8nhbTeJph"
    "UcWmqRMmCQsbiXOg+2gqjrviKrQIZC/zzJuPJjSMstVGfiG11h6banve6mPQP3sbLjzYl7"
    "I1x+Pt6OYmu/Dw3l+4iaVg+9i8LCpEJNy9BSkqwu8jV3Qx4Lik9vo1RG/QX2N0Ob7+fCWq"
    "mln3giHRXmwESX1HmIKidmdOPakmm5SIJhlnGFud68taasYUtAE94/Y78s4pE/1KeGXHyJ"
    "ayO32iea0PfY6i6TPdyRm+y0WnJLIj8hIt1SJTbJv+uMr+5YwlZeEWiorYTvAFUc13hcgL"
    "J/3DYeXQC7qlO2zV55wI0pgEvpq87Q/HIX1v69DXr0tfX9JHWRjUpW/QZfr8TbG+U6CgP1"
    "cu+BWOD9vnUMABzn95E1t0Xs+VRUtJC3H7uJr035G4E1N36nkFFBQhxfZtiO0EMZE7W4Vj"
    "9K1AtIwQG9QIiOoCyqro6vdxonYCCfzgdvT7m0QN3dzffQiyxyT2y5v7i/TqVeWhCARH2S"
    "RqrcPrdv1mE0YvVzdqzEgp2Hq9sdvDlvRhr0XbwkamTpAgY0lUR/qjjfiOWCLIVQrWIFnS"
    "53/vff7z5oMmCLyIldWqWWAld6nprQJv/mDVBG0fo6LaNLCtJC05XlfgzBe4muBsFBW1U5"
    "wlZc4ae3KCgT9L4pq25WxyflhJX2raa3Bjzp3Hb/7mHH7zsMIGHSvIWCkyPw/Bz10agQoN"
    "g9AEXs7PwMITrL0ARKGAIERKY+67JNypFO5akgFD5RYcUdlE7tSQW3C6VbHBcF3VDTPIv0"
    "OO5+txAG7RHvU2L+6l+qgWbTGBpipdMche0yTVIetVh7B21AR5n0i9mAdbJi3WjSqQVRAf"
    "ojpbr40Qsd21fGGIiMvR4+Xo/VVTp1d8jgfWLlqifk5F3165VE2H664SUiKOAQ6Lw/sMCV"
    "272raONMDOhosFmfBCSgy8yBGnsbAT0IslAaLbw0kG5qVoEdi/Pi4MOpF7+Fy8juKe+XJ9"
    "LNfHchkl18eyYleEqNj+FqgWCOVyD9SruLKRim2txrbXDHB3tiNIvYvUu7Ri7BLyRWHdjY"
    "7bkxdhd5Q0cp+9laUSZr1KGKlXWKFXKOi0G1RcbbaPVvALSI8/6zoQ6cGP4vTgGrn+Aon7"
    "hxX0MGFYKDtAVFDEsLyeAgaCry6tOWQDbNMvMxu7C/CE0IIA+miD6WWKAn+qaeXKcBrF+h"
    "yqIAM7jil03sW0NOjNz/THIEAsuCBz7ADdCR4uI4RK9YtcpUv1i6xYGSF0XRFCDbQsCke2"
    "OuRBCN4pn46mw38EM3eWxX8/3t/lt7U4Jj106KoD/gcMnayt0TW74GNvmRgVMrvS0hvQUt"
    "2dFZDelaayBseP6qox5aawcnvmNgZgLk0LqkLimI7sYZLqtlq0+Qs3QcaSqD1uYVLLtl4t"
    "m9+QmuDvP1FRbWp0K4lL9qUKnPHBvQnGgq1yH4ICd4q3+By3bkXbI3IcSpQ3bBQo28I8hy"
    "IKNxJHrVS6fYQ29EoAeOpt3eHFAH4aOQJ8IXHu3Qu2Ex56Sjm/mf1E2FfOHb3UbDgt3NQj"
    "1WNSPSa1KFI9JitWqsekemzr6jF5/kvzp2/TEW2Zs/mu/MjtECRP2OUthk4HigZzDP/l8W"
    "kTwI6Ep0WWVoeqGKwjRE3ZOojOkkShvOBnlDPglXbSXPwG+2uwBGldd4WqihYOUdC3hW4L"
    "05qDloPgeQsC2rVdj7ozBo0WqebZ+qqOH2wa15FmJQ1A+2kAahFXBNnsFHNBrpKoPe6N0l"
    "i2XmPZlsIktsvsIx4lsaU2xo02uH0yMm6UuApWxpwZogniHqOidqqDJqe7CpyF8uprWCvY"
    "+bBTzKUF9/VZtfmRHr1cYzYMZoUKNuwob5XtIl72nOgcMLax4yx2rcU2eZy+4VZtw6DlzH"
    "QSmcD5jwFTbHMD+EQ3DPYQfgBHtSAdvYAYduHj/QM8ZIAOaQIXnYukpVSawLtVsdIEXskE"
    "TlS8KAj0WeEM3gDcaXutNIE3TmlS4MkdmAtsF2ngXkbYceATEo2qE8fsJSmvOfltDUe+tY"
    "CknZuz6c05tl81jqaK6PQoqs6hZdV3cIvBO02j8CHDDR0u3IIRpNb5rsKnCnf7NGHhU4S7"
    "fXrwwkZLHbtE/OzvFFISKNpPU0hJoGjPTSG7SiAr3jUX+Vb3UgJTyK4SSIu2yBTbpmeqt9"
    "k/0UmkoIjtSC2iWrAqhPYFCLUQ0pjpaKmj5yyRpc6naaj0PD1vgedpC2RnAQ8uGbxWOlPK"
    "M6fbQFVw6qRwkN8ErDOep6HaVNgdPAe6z6xJJ9S9dEJtG3nysO5NHNYtg3ALBOGOD/RNtL"
    "LdjMKdM91VaGiBWNEEbw+xsnaLu5RwtWb/0we6kicFx8mlsxxW90flGoIQtNIx9d5CgNnf"
    "ZigIqcRLOQfPcwwIXCKNXunqHCyh4SJCvyDrEOAlsv1033gnoyhJF1LpaShdSGXFSneUbf"
    "tRSHeURmjErBhR23cE6qrNjDMgavGOQJ2mTdTOHYG6SpuFnsU7aQTqrO8Yp0C0l0agTjc3"
    "0V4agbpKm7fCrmG9yAD32XYhLbANmBVhDXeIJGqfjfzSPLZe81hsU/wrbRaxrfitanQVtM"
    "iwyDKWa7eIhvjuWi0y01yzuvcf/wd6uIK6"
)
