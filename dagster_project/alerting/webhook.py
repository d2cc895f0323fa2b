"""An alert that a run failed, posted to a webhook."""

from collections.abc import Mapping

import requests

TIMEOUT_SECONDS = (5, 10)


def alert(text: str, environment: Mapping[str, str]) -> str | None:
    """Post `{"text": …}` to `MILEPOST_ALERT_WEBHOOK` (Slack, Mattermost and Teams workflows read that shape).

    Returns None when it was delivered or no webhook is configured, else a sentence. Never raises: a failing
    alert must not hide the failure it reports. The address is a secret and is in no message.
    """
    url = environment.get("MILEPOST_ALERT_WEBHOOK", "").strip()
    if not url:
        return None
    try:
        # The answer's body is of no use, and a redirect would take the text to another host.
        with requests.post(
            url, json={"text": text}, timeout=TIMEOUT_SECONDS, stream=True, allow_redirects=False
        ) as response:
            status = response.status_code
    except (requests.RequestException, ValueError) as error:
        return f"The alert webhook was not reached ({type(error).__name__}); check MILEPOST_ALERT_WEBHOOK."
    if not 200 <= status < 300:
        return f"The alert webhook answered {status}; check MILEPOST_ALERT_WEBHOOK."
    return None
