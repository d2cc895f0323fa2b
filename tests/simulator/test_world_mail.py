"""The e-mail side of the world: sends, reactions, bounces and machine events."""


def test_action_log_is_chronological_and_within_the_world(sql, demo_world):
    config = demo_world.config
    assert sql.count("from email_actions e where epoch_us(e.at) % 1000000 <> 0") == 0
    low, high = sql.one("select min(e.at), max(e.at) from email_actions e")
    assert config.start <= low < high < config.end
    query = """
        select seq_id <= lag(seq_id) over earlier or e.at < lag(e.at) over earlier as wrong
        from email_actions e window earlier as (order by seq_id)
    """
    assert sql.count(f"from ({query}) where wrong") == 0


def test_every_reaction_follows_its_send(sql):
    query = """
        from email_actions reaction
        where action not in ('send', 'create', 'modify', 'optin') and not exists (
            from email_actions sent
            where sent.action = 'send' and sent.email = reaction.email
                and sent.campaign_id = reaction.campaign_id and sent.at <= reaction.at
        )
    """
    assert sql.count(query) == 0


def test_no_email_is_sent_after_unsubscribing_or_before_subscribing(sql):
    after = """
        from email_actions sent join email_actions gone using (email)
        where sent.action = 'send' and gone.action = 'optout' and sent.at > gone.at
    """
    before = """
        from email_actions sent join persons using (email)
        where sent.action = 'send' and sent.at < date_trunc('second', subscribed_at)
    """
    assert sql.count(after) == 0
    assert sql.count(before) == 0


def test_rates_are_realistic(sql):
    query = """
        with recipients as (
            select email, campaign_id,
                bool_or(action = 'bounce') as bounced,
                bool_or(action = 'view') as viewed,
                bool_or(action = 'click' and not is_machine) as clicked,
                bool_or(action = 'optout') as left_list,
            from email_actions where campaign_id is not null
            group by all having bool_or(action = 'send')
        )
        select avg(bounced::int), avg(viewed::int) filter (not bounced),
            avg(clicked::int) filter (not bounced), avg(left_list::int) filter (not bounced)
        from recipients
    """
    bounced, viewed, clicked, left_list = sql.one(query)
    assert 0.002 < bounced < 0.015
    assert 0.20 < viewed < 0.35
    assert 0.02 < clicked < 0.04
    assert 0.001 < left_list < 0.004


def test_apple_fetches_every_delivered_email_of_its_users(sql):
    query = """
        with reactions as (from email_actions where action = 'bounce' or (action = 'view' and is_machine))
        from email_actions sent
        join persons using (email)
        left join reactions r on r.email = sent.email and r.campaign_id = sent.campaign_id and r.at > sent.at
        where sent.action = 'send' and uses_apple_mpp and r.email is null
            and sent.at < timestamptz '2026-11-13 00:00+02'
    """
    assert sql.count(query) <= 2  # a fetch may come more than two days late
    agents = """
        from email_actions where (action = 'view' and is_machine) <> starts_with(value, 'Mozilla/5.0; 17.')
    """
    assert sql.count(agents) == 0


def test_scanners_are_recognizable(sql):
    sql.connection.execute(
        """
        create temp view scans as
        select sent.seq_id, e.email, any_value(sent.at) as sent_at, min(e.at) as begun, max(e.at) as ended,
            count(distinct e.link_id) / any_value(offered) as share,
        from email_actions e
        join (select section_id, count(*) as offered from links group by all) using (section_id)
        join email_actions sent on sent.action = 'send' and sent.email = e.email
            and sent.section_id = e.section_id and sent.at between e.at - interval 1 hour and e.at
        where e.action = 'click' and e.is_machine group by all
        """
    )
    count, slowest, longest, share = sql.one(
        "select count(*), max(begun - sent_at), max(ended - begun), avg(share) from scans"
    )
    assert count > 100
    assert slowest.total_seconds() <= 60
    assert longest.total_seconds() <= 10
    assert share > 0.75
    visited = """
        from scans
        join persons using (email)
        join web_events w on w.contact_key = persons.contact_key and event_name = 'session_start'
            and session_source = 'smaily' and w.at between begun and ended + interval 5 second
        left join email_actions h on h.action = 'click' and not h.is_machine and h.email = scans.email
            and h.at between begun - interval 5 second and ended + interval 5 second
        where h.email is null
    """
    assert sql.count(visited) == 0


def test_forwarded_clicks_are_by_a_friend(sql):
    clicks, own, visits = sql.one(
        """
        select count(*), count(*) filter (actor_person_id = e.person_id),
            count(*) filter (w.person_id = actor_person_id)
        from email_actions e
        left join web_events w on event_name = 'session_start' and w.contact_key = sha256(lower(email))
            and w.at between e.at and e.at + interval 6 second
        where is_forwarded
        """
    )
    assert clicks >= 5
    assert own == 0
    assert visits >= 3
    assert sql.one("select sum(forward_count) from forwards")[0] >= clicks


def test_cart_reminders_follow_carts_without_purchase(sql):
    query = """
        select exists (
            from web_events w where w.person_id = e.person_id and event_name = 'add_to_cart'
                and w.at between e.at - interval '4 hours 1 second' and e.at - interval '3 hours 59 minutes'
                and not exists (from web_events p where p.person_id = e.person_id and p.is_macro
                    and p.at between w.at and e.at)
        ) as is_due
        from email_actions e join campaigns using (campaign_id)
        where action = 'send' and list_contains(tags, 'cart_reminder')
    """
    sql.connection.execute(f"create temp view reminders as {query}")
    due, count = sql.one("select count(*) filter (is_due), count(*) from reminders")
    assert count > 50
    assert due == count


def test_short_link_clicks_belong_to_known_links_or_back_halves(sql):
    query = """
        with known as (
            select id, created_at from bitlinks
            union all
            select unnest(custom_bitlinks), created_at from bitlinks
        )
        from bitlink_clicks c left join known using (id) where known.id is null or c.at < created_at
    """
    assert sql.count(query) == 0
    customs = "from bitlink_clicks where id like 'go.example.com/%'"
    assert sql.count(customs) > 5
    assert sql.count("from links where bitlink is not null and bitlink not in (select id from bitlinks)") == 0
