from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        -- Those that wait or run, which the sweep looks through every few minutes: few among many.
        CREATE INDEX integration_operation_unfinished
            ON integration_operation (created_at, id) WHERE status IN ('QUEUED', 'RUNNING');"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWlz47gR/SssfclMylF02Z6dpFIl2ZpdJT4mYzmb2c0WCyIhiWUS0ILgyIrj/x4APE"
    "USMklLtDSCP9ASiMfjdePobjT01LAQhTMCqIVR83YB/U+Nj9pTAwEHsg+SGidaAywWqfO8"
    "lIKJncbpeA03cSkBBmWVpsB2ISsyoWsQaxHcu9FHmuUsMKEaJhp8FJ/e/cdr9brn4tgSx6"
    "k4fuDHXlscDU0UnYkvXXH0q5oJ2MT/7FeFiSudJgDi2DuL79D94X2TP7yHrN89qFM8g3QO"
    "CXvaX3874S9rwkfohl8XD/rUgra5TqTJLyDKdbpaiLL7+9HlJ1GTszDRDWx7DoprL1Z0zv"
    "gLq3ueZTY5hp+bQcRZhWaCSOTZdiCAsMh/YlZAiQejRzXjAhNOgWdzcTT+OvWQwaWgPXwD"
    "hAK7aU6aDjah7Tb5vc//FjxnAqPrN7dj/W441nV+0sCIi5dJn7Px9OzXj99alDY48OKn/p"
    "d33bP34j2xS2dEnBScNJ4FEFDgQwWzMZUGgfzFdUCzlF6yM9RyYD6t68gUvWYAbYYfqtAc"
    "FsQ8x1q+gWjDxsZDE+HlNikej66Hd+P+9WcOc1z3d1sw1B8P+ZmOKF2lSt/5EsGsifoNOb"
    "qI9vNo/JPGv2q/3N4M03KL6o1/afBnAh7FOnshHZhJFsLisIhVjQXrLcyKgl1HKsHumWAf"
    "GGtZkV7MARkizxEiHbGXB8iAGdGG2JRQGVW7EiPHlxRWwwGPug3RjM7Z105rg/D+1f8i+r"
    "5OKyWQm+BMR5x6XiPQtAg0wiG0CotrFzggKttFqGzLqWxnqGQEUc+tymOMro/Exj/vh/fD"
    "y7IdyDqR3SJEduVEdjNEUmLNZpBUZTIBP2p9ZAMEsGE+i/mDXYyoUQeJ9zr9Oy3A26mUtt"
    "M0awSyZ3dz5gl/v7u9yactAUlPECyDav/TbMs/u+OpwcSzbGoht8lvu81pAX/1tRlByN+7"
    "6/6/09ReXN0O0kM9v8AgRbThERfnNHI5zzFC0VycZuzxO5ehOUIomgvT7EDXBbOc3lbOcw"
    "LyKqIDe3vXw1XdjJoY5dA5QjSfzbB6ikr29LvS1VbZYWvGr/ynTrt33vvQPet9YFXE3aOS"
    "8w0cj27G6WkSZnZgCYai+pUoqknLtk0SJASTnO5PylIMOB5NWgKCLDQrQ1MScjxEMYuDVP"
    "MjrSO34Ed6+17/4JxFUwtZ7ryS+FJQJb+3kJ/BzX1bD8ytan76/Esoeb6FPDGZAWT914/l"
    "lQtj5UC3GdOqX3gvRq2yg9BkVZK0DPAVlL29ur/AGI+XTh9yw3xJ5cny9wkTaM3QP+Aq42"
    "ZM8RWGYm5T19svbYtLY7ERsIwiyXltiX0woQ2peM0vrKF/GV2MGxIt3AaF9y4s4mGsV+te"
    "ZC7ToCS8cV3EHZxQRl7idJx0CUBgJl6DP/TziWSVxBBRsmq8uJjCr3ZSbUWFDiN0kXUVwm"
    "riyyqAFlgGGp5qAGnRBT9qy7llzLWpZbNL2BZiR2AIXxOrZ2oOY41oFtUsVwMT7FHZuohf"
    "G/FD+qwjz5mwc7+pFRNqxYQKrKsVE0qwGwQbdJYZoUo9PTGgPj/PHjgOXfgNEovmzG4Kxv"
    "MT+KMOQxts1MonURZ+MmsOQb+atF4R0npy0noZ0qZswlUqaBcBVMyucISJT0XLaGZYv5Jm"
    "1hU/WV8b0SqimayWfH1EK7uuxCoVmAurH1PUKTBsyihXAnI4+nXWK6BeZz2pdvFT6Tg6la"
    "38kkXR6SvWen0nrKUt4sJu1BTuaHyoyvWsHKl74khdS2KqyqA0m+rQKEx1SGv8XfTvLvqX"
    "w235U4ePxhygGbzACAVL2GU+1ZyqJ6X8qsY68EWX6ngOhadUcyFhdmToTE0oWJC55mea+X"
    "lqPyTyyk61dIZakMzWSaSj+WAfBnywlr5q14iz2MLLvT/RMIIaBMZ8g5c21RqUe1a5Z8v2"
    "NMqLp9yzxyVY1tm7uXMBqX2dQNTnoG2XNYC2bGAvCKaYcVDVO5vE15jr8mn8+a6sdu/aPz"
    "vHedkucoM7rH9A/tnOaZEkIVZLnjh5mkkU4tsHlGimYfX62mjnrRupxyav4nMJ7UpiDkjD"
    "2oUcre0NjtZ21tG6AK67xMTUXQhsmDMrHlgIkJVE37LgFJ+TFYXu/vjINvA3CBz60QDOWB"
    "uMbvpfvkbu/2gUv7q9+XGQEwAYfB0P++lcP4xLdX1h/RpHjD+/brjYSQCAq5b1LadZDzC2"
    "IUByhQxQaUXE/kC8CwJD221Linh7e7WmiIPROEXc/fVgyFq64JNVsnzXRbZz5NHh6Uo3IK"
    "HW1DLYa5fkM/8CilqxWH8GyYJY5SIwKdgxxxO46Yc9ysYOdmMzJxB95wDblmeaZeH1TXu6"
    "FZOEup3zs2jGw79smuzcXfevrnKyzZCBTaZGVc2SJL7GQeZ+/En/sG92iQrRqBDNG4Zoth"
    "tjuIOUinTJlyIMUcWTUvEFNwkrFF0IETy0wJ350T4+vICyCjB4oiDQ0ElECSaJfe96iXKx"
    "+10LiNNtaQxBS+CS++iJY2+SAPBQRmsykW6Rlw0y8HeNNiRSEQcVcSg9FirHtIo4HJVgVc"
    "ShkDNTbZS3tZm95equMYeml+/U3OT0SENrdHdEJXvn73As5AWu3MKrJmNIjXZm63U2ZqeQ"
    "M7OzwZnZyToz59jL2x9mU/zLy90fZpfE/fG1xvkOohMmWJXiLax/5LQ5GNF5ubYaIQ6Hut"
    "NiYYcNUYc0b0sIH8qqXBJzONxtf5Nf6ADLLpVOFCP2I5+I32/v84kWILdly1mOAIrk4tsC"
    "Cl+dDqYUEp1AkO9u3ziJlF1CTSYjMwUTSeKrhNEk6Mij4/y/TqGzsHNjunISM8AaiXQgJZ"
    "bh6k8GdhYArUbms/7EXTIfv7K/6+vLy+fmo2Pv4fx9OWctXRdzpJLdQAqpWj8rsYFL9eq7"
    "HObA1dZqamu1txWeCp4eaPD0ZziZY/zQkMVMw/MnpUKlywSqyNZWrNUxhXE1OgdicyqKbT"
    "MnH+sPrga/QcboX0RelBbs7s0RLtMSaKrf+VJBShXLUkFKJVgVpNxZxgWRZERJlJ7UnAC1"
    "jTyLgj75jU757G93Qdaz00qJFhloxTSLPZgp7yrPwp8YlfI/RwjlGi3sGrVcnU1my2dmrO"
    "FUAsFhWc+ZWbgynt+Aun21nS+hzdr1ht2i0/VOqtjS/D1ieKH9onn/rrEe1qKutgQrZlVz"
    "gzqwtT/6Rjazt1mn5fJ6BrsM4T5qaGpTTDS+uybSeGxXvjY4fDifbXFHtQ+JMriVXaYMbi"
    "XYlwQrussytmQEOCxrcvsLvKKBpsTgkcR818GW9eUyKxuDHJ42LZiJIPXbhQfwm5kH+BPk"
    "n4c3l6ObH8v2tbteMgcoX4mR57SQehyTkOP5SUSTzbvLj/4xSq0PeIvhHSB3CQmbfsl6jM"
    "0J/jnwA9jeexsZ/guC2aM7ZWZGCcjh7Cmxk6VxgZugkr2Qxqp+Q60rOpip7rorqihj66jv"
    "mqyD9iPv6SKsHAV8DX+SlVcHRt96m9rq9uLP/we1Zstd"
)
