"""The web side of the world: visits, hits, orders, and when reports show them."""


def test_hits_are_ordered_and_their_keys_unique(sql, demo_world):
    config = demo_world.config
    low, high = sql.one("select min(w.at), max(w.at) from web_events w")
    assert config.start <= low < high < config.end
    assert sql.count("from web_events w where epoch_us(w.at) % 1000 <> 0") == 0
    query = "select w.at < lag(w.at) over (order by event_no) as wrong from web_events w"
    assert sql.count(f"from ({query}) where wrong") == 0
    repeated = """
        select 1 from web_events w where client_id is not null
        group by client_id, ga_session_id, w.at, event_name having count(*) > 1
    """
    assert sql.count(repeated) == 0


def test_hits_without_consent_have_no_ids(sql):
    query = """
        from web_events w join persons using (person_id)
        where has_consent = (client_id is null) or (not has_consent and w.contact_key is not null)
            or (client_id is null) <> (ga_session_id is null)
    """
    assert sql.count(query) == 0
    assert sql.one("select count(*) from web_events where client_id is null")[0] > 1_000


def test_every_client_has_one_first_visit_and_every_session_one_start(sql):
    first = """
        select 1 from web_events where event_name = 'first_visit' and client_id is not null
        group by client_id having count(*) > 1
    """
    start = """
        select 1 from web_events where client_id is not null group by client_id, ga_session_id, person_id
        having count(*) filter (event_name = 'session_start') <> 1
    """
    assert sql.count(first) == 0
    assert sql.count(start) == 0


def test_there_are_enough_purchases_with_one_order_each(sql):
    count, orders, lowest, most = sql.one(
        """
        select count(*), count(distinct transaction_id), min(revenue), count(*) filter (revenue > 500)
        from web_events where event_name = 'purchase'
        """,
    )
    assert 250 < count < 700
    assert orders == count
    assert lowest >= 20
    assert most < count / 50
    assert sql.count("from web_events where is_macro <> (event_name = 'purchase')") == 0
    abandoned = sql.one(
        """
        select 1 - count(*) filter (is_macro) / count(*) filter (event_name = 'add_to_cart') from web_events
        """
    )
    assert 0.55 < abandoned[0] < 0.8


def test_human_clicks_lead_to_visits_that_identify_the_recipient(sql):
    query = """
        with landings as (
            select w.at, page, person_id, contact_key from web_events w
            where session_source = 'smaily' and event_name = 'session_start' and client_id is not null
        )
        select avg((landings.person_id is not null)::int), count(*),
        from email_actions e
        join persons reader on reader.person_id = actor_person_id and reader.has_consent
        join links on links.link_id = e.link_id and role in ('cta', 'product', 'redeem_offer', 'quick_start')
        left join landings on landings.person_id = actor_person_id
            and landings.contact_key = sha256(lower(e.email)) and contains(href, page)
            and landings.at between e.at and e.at + interval 6 second
        where action = 'click' and not is_machine
    """
    share, count = sql.one(query)
    assert count > 300
    assert 0.93 < share < 1


def test_hits_become_visible_late_and_are_restated(sql):
    late, very_late, slowest, restated, doubled = sql.one(
        """
        select avg((visible_at - w.at > interval 4 hour)::int),
            avg((visible_at - w.at > interval 1 day)::int),
            max(visible_at - w.at), avg((settled_at is not null)::int), avg((duplicate_count > 1)::int)
        from web_events w
        """,
    )
    assert 0.04 < late < 0.1
    assert 0.003 < very_late < 0.03
    assert slowest.days < 2
    assert 0.01 < restated < 0.06
    assert 0.001 < doubled < 0.01
    assert sql.count("from web_events where (settled_at is null) <> (provisional_campaign is null)") == 0


def test_the_world_covers_the_repeated_hour_and_midnight(sql):
    for table in ("web_events", "email_actions"):
        summer, winter = sql.one(
            f"""
            select count(*) filter (hour(t.at) = 0), count(*) filter (hour(t.at) = 1)
            from {table} t where t.at::date = date '2026-10-25'
            """
        )
        assert summer > 10
        assert winter > 10
    crossing = """
        select 1 from web_events w where ga_session_id is not null group by client_id, ga_session_id
        having count(distinct timezone('Europe/Tallinn', w.at)::date) > 1
    """
    assert sql.count(crossing) > 5
