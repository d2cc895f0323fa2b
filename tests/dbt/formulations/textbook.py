"""The business definitions in plain SQL, by `partition by … order by`: what the macros must agree with.

Every function gives a query over a relation with person_key, person_hash, occurred_at, event_rank, event_id.
"""

PERSON = "(partition by person_key order by occurred_at, event_rank, event_id)"


def sessions(acts: str) -> str:
    """Event, person, session id and number in it, by the gap of 30 minutes alone."""
    return f"""
        with compared as (
            select
                *,
                coalesce(occurred_at - lag(occurred_at) over {PERSON} > interval '30 minutes', true) as begins
            from {acts}
        ),
        numbered as (
            select *, sum(cast(begins as integer)) over {PERSON} as session_number
            from compared
        )
        select
            event_id, person_key,
            xor(person_hash, first_value(event_id) over session) as session_id,
            cast(row_number() over session as integer) as session_event_number
        from numbered
        window session as (
            partition by person_key, session_number order by occurred_at, event_rank, event_id
        )
    """


def capped_sessions(acts: str) -> str:
    """The same with the cap of 24 hours, act by act: whether one begins a session hangs on the one before."""
    return f"""
        with recursive numbered as (
            select *, row_number() over {PERSON} as act_number
            from {acts}
        ),
        walked as (
            select *, event_id as first_event, occurred_at as began, 1 as session_event_number
            from numbered
            where act_number = 1

            union all

            select
                next.*,
                case when {{begins}} then next.event_id else walked.first_event end,
                case when {{begins}} then next.occurred_at else walked.began end,
                case when {{begins}} then 1 else walked.session_event_number + 1 end
            from walked
            inner join numbered as next
                on walked.person_key = next.person_key and walked.act_number + 1 = next.act_number
        )
        select event_id, person_key, xor(person_hash, first_event) as session_id, session_event_number
        from walked
    """.replace(
        "{begins}",
        "(next.occurred_at - walked.occurred_at > interval '30 minutes'"
        " or next.occurred_at - walked.began > interval '24 hours')",
    )


def journeys(acts: str) -> str:
    """Each act with whether it enters a journey, and the journey's first event."""
    return f"""
        with compared as (
            select *, coalesce(lag(ends_journey) over {PERSON}, true) as is_entry
            from {acts}
        ),
        numbered as (
            select *, sum(cast(is_entry as integer)) over {PERSON} as journey_number
            from compared
        )
        select
            event_id, person_key, is_entry,
            first_value(event_id) over (
                partition by person_key, journey_number order by occurred_at, event_rank, event_id
            ) as entry_event_id
        from numbered
    """


def transitions(acts: str) -> str:
    """Each act, whether the person has one before, and the kind and time of those before and after."""
    return f"""
        select
            event_id, row_number() over person > 1 as has_previous,
            lag(kind) over person as previous_kind, lag(occurred_at) over person as previous_occurred_at,
            lead(kind) over person as next_kind
        from {acts}
        window person as {PERSON}
    """


def numbers_in_runs(acts: str) -> str:
    """Each act's number in the person's run of acts of one kind."""
    return f"""
        with compared as (
            select
                *,
                lag(kind) over {PERSON} is distinct from kind or row_number() over {PERSON} = 1 as begins
            from {acts}
        ),
        runs as (
            select *, sum(cast(begins as integer)) over {PERSON} as run
            from compared
        )
        select
            event_id,
            row_number() over (
                partition by person_key, run order by occurred_at, event_rank, event_id
            ) as number_in_kind
        from runs
    """


def windowed_funnel(acts: str, steps: list[str], window_seconds: int) -> str:
    """Person and level: for every first act, the longest chain of later acts within its window."""
    levels = [
        f"""
        with recursive numbered as (
            select *, row_number() over {PERSON} as act_number
            from {acts}
        ),
        level_1 as (
            select person_key, act_number, occurred_at as began
            from numbered
            where {steps[0]}
        )"""
    ]
    for level, step in enumerate(steps[1:], start=2):
        levels.append(f"""
        level_{level} as (
            select distinct numbered.person_key, numbered.act_number, reached.began
            from numbered
            inner join level_{level - 1} as reached
                on numbered.person_key = reached.person_key and numbered.act_number > reached.act_number
            where
                ({step})
                and numbered.occurred_at <= reached.began + to_seconds({window_seconds})
        )""")
    reached = " union all ".join(
        f"select person_key, {level} as level from level_{level}" for level in range(1, len(steps) + 1)
    )
    return f"""
        {", ".join(levels)}
        select person_key, max(level) as level
        from (select person_key, 0 as level from numbered union all {reached}) as levels
        group by person_key
    """


def retention(acts: str, grain: str) -> str:
    """Cohort, periods since and how many of its persons were active."""
    start = f"cast(date_trunc('{grain}', {{}}) as date)"
    return f"""
        with cohorts as (
            select person_key, {start.format("min(occurred_at)")} as cohort_start
            from {acts}
            group by person_key
        )
        select
            cohort_start,
            date_diff('{grain}', cohort_start, {start.format("occurred_at")}) as period_number,
            count(distinct person_key) as active
        from {acts}
        inner join cohorts using (person_key)
        group by all
    """


def path(acts: str) -> str:
    """Each person's kinds in order, immediate repeats left out."""
    return f"""
        with compared as (
            select *, coalesce(lag(kind) over {PERSON} = kind, false) as is_immediate_repeat
            from {acts}
        )
        select
            person_key,
            string_agg(kind, ' > ' order by occurred_at, event_rank, event_id)
                filter (where not is_immediate_repeat) as path
        from compared
        group by person_key
    """
