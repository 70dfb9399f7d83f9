"""The environment that started processes get."""

from __future__ import annotations

from cotbench.core.secrets import without_secrets


def test_secrets_stay_behind() -> None:
    environ = {
        "PATH": "/bin",
        "OPENAI_API_KEY": "1",
        "HF_TOKEN": "2",
        "aws_secret_access_key": "3",
        "DB_PASSWORD": "4",
        "GOOGLE_APPLICATION_CREDENTIALS": "5",
        "HOME": "/root",
    }
    assert without_secrets(environ) == {"PATH": "/bin", "HOME": "/root"}
    assert without_secrets(environ, keep=("HF_",)) == {"PATH": "/bin", "HOME": "/root", "HF_TOKEN": "2"}
