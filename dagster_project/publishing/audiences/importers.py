"""What the importers of e-mail services want of a CSV file, from their public help pages (November 2026).

- Smaily, "Importing subscribers"
  (https://smaily.com/help/user-manual/subscribers-tutorials/importing-subscribers/): one column of addresses
  is enough, further columns are parameters to filter by. How the columns are to be named is not established
  there; the API calls the address `email`.
- Mailchimp, "Format Guidelines for Your Import File"
  (https://mailchimp.com/help/format-guidelines-for-your-import-file/): only the email address is required;
  columns are labelled so that the field is clear, in any order; letters like ñ only after the @; a text of
  at most 255 bytes.
- Klaviyo, "How to create and add subscribers to a new list"
  (https://help.klaviyo.com/hc/en-us/articles/115005078967): the first column is `Email`, `Email Address` or
  `Phone Number`; others become custom properties of their name; at most 50 MB.
- HubSpot, "Set up your import files"
  (https://knowledge.hubspot.com/articles/kcs_article/contacts/set-up-your-import-file): a header row whose
  names correspond to properties, for contacts `Email` (and names, which are not known here); fewer than
  250,000 rows. A property for the audience must exist, or the column is left out while mapping.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Importer:
    """Names of the columns, and what the importer cannot take."""

    name: str
    address_column: str
    audience_column: str
    takes_unicode_names: bool = True


IMPORTERS = {
    importer.name: importer
    for importer in (
        Importer("smaily", "email", "milepost_audience"),
        Importer("mailchimp", "Email Address", "Milepost audience", takes_unicode_names=False),
        Importer("klaviyo", "Email", "Milepost audience"),
        Importer("hubspot", "Email", "Milepost audience"),
    )
}
