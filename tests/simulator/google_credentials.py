"""Service-account credentials that stay on this machine."""

from google.oauth2 import service_account

READ_ONLY = "https://www.googleapis.com/auth/analytics.readonly"


class LocalCredentials(service_account.Credentials):
    """The library's credentials without their look-up of the account's regions at Google."""

    def _is_regional_access_boundary_lookup_required(self):
        return False


def local_credentials(simulator, *scopes):
    """The simulator's service account; without scopes the client signs for its audience."""
    path = simulator.environment["GOOGLE_APPLICATION_CREDENTIALS"]
    return LocalCredentials.from_service_account_file(path, scopes=list(scopes) or None)
