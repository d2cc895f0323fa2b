"""Trustpilot's streams.

What is not established: the words of `status` besides `active`, and of `source` besides `Organic`,
`BasicLink`, `AFSv2`, `InvitationLinkApi`; whether the public totals count reviews that are reported; what
moves `updatedAt`. The endpoint of invitations that a third party uses is not documented, and not read. Texts
of reviews and names of their writers stay in the landing zone.
"""

from dagster_project.sources.core.stream import Column, Kind, Stream
from dagster_project.sources.trustpilot import extraction

_STARS = ("one", "two", "three", "four", "five")

BUSINESS_UNITS = Stream(
    name="business_units",
    description="The business unit with Trustpilot's public totals of its reviews.",
    kind=Kind.SNAPSHOT,
    columns=(
        Column("id", description="Trustpilot's id."),
        Column("name", path=("name", "identifying"), description="Its domain."),
        Column("total", "BIGINT", path=("numberOfReviews", "total"), description="Reviews."),
        *(
            Column(
                f"{name}_star",
                "BIGINT",
                path=("numberOfReviews", f"{name}Star" + ("" if name == "one" else "s")),
                description=f"Reviews with {number}.",
            )
            for number, name in enumerate(_STARS, 1)
        ),
        Column("trust_score", "DOUBLE", path=("score", "trustScore"), description="TrustScore, 1 to 5."),
    ),
    natural_key=("id",),
    extract=extraction.business_units,
    unread=(
        *("displayName", "websiteUrl", "country", "status", "badFit", "links"),
        *("name", "numberOfReviews", "score"),
    ),
)

REVIEWS = Stream(
    name="reviews",
    description="Reviews, a record for each time that those of a day were found to differ.",
    kind=Kind.CURSOR,
    columns=(
        Column("id", description="Trustpilot's id."),
        Column("created_at", "TIMESTAMP", path=("createdAt",), description="When it was written, UTC."),
        Column("updated_at", path=("updatedAt",), description="Last change.", is_time_as_text=True),
        Column("stars", "BIGINT", description="1 to 5."),
        Column("status", description="active, or the vendor's word for what is not shown."),
        Column("source", description="How the writer came to it: Organic, BasicLink, AFSv2 …"),
        Column("language", description="Language of the text."),
        Column(
            "contact_key",
            path=("referralEmail",),
            pii="address",
            description="Contact key of the address that was invited.",
        ),
        Column("reference_id", path=("referenceId",), description="The order that the invitation was for."),
        Column("verification_level", path=("reviewVerificationLevel",), description="verified, invited …"),
        Column(
            "invited_by_id",
            path=("invitation", "businessUnitId"),
            description="The business unit that invited.",
        ),
        Column("replied_at", path=("companyReply", "createdAt"), description="When the company replied."),
        Column("report_reason", path=("reportData", "reason"), description="Why it was reported."),
        Column(
            "order_namespace", path=("_order_namespace",), description="Whose order ids the references are."
        ),
    ),
    natural_key=("id",),
    extract=extraction.reviews,
    time_column="created_at",
    unread=(
        *("links", "title", "text", "experiencedAt", "consumer", "businessUnit", "location", "companyReply"),
        *("tags", "findReviewer", "isVerified", "numberOfLikes", "reportData", "complianceLabels"),
        *("countsTowardsTrustScore", "countsTowardsLocationTrustScore", "invitation", "businessUnitHistory"),
        *("reviewVerificationLevel",),
    ),
)

STREAMS = (BUSINESS_UNITS, REVIEWS)
