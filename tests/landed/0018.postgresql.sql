SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA cadastro_pessoa;
CREATE SCHEMA cadastro_web;
CREATE FUNCTION public.follow_users_id() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN PERFORM setval('users_id_seq', NEW.id) WHERE NEW.id > (SELECT last_value FROM users_id_seq); RETURN NULL; END $$;
CREATE FUNCTION public.instr(text, text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$SELECT strpos($1, $2)$_$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TABLE public.settings_in_force (
    name character varying(60) NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.users (
    id bigint NOT NULL,
    username character varying(60) NOT NULL,
    username_folded character varying(180) NOT NULL,
    password_hash character varying(255),
    is_password_weak boolean NOT NULL,
    must_change_password boolean NOT NULL,
    role character varying(20) NOT NULL,
    state character varying(10) NOT NULL,
    generation bigint NOT NULL,
    created_at bigint NOT NULL,
    last_login_at bigint,
    erased_at bigint,
    username_upper character varying(180),
    usual_shop_id bigint,
    full_name character varying(60),
    cpf_hash character varying(64),
    cpf_mask character varying(14),
    birth_year bigint,
    first_name character varying(50),
    last_name character varying(50),
    patronymic character varying(50),
    birthday character varying(10),
    email character varying(254),
    email_folded character varying(254),
    phone character varying(15)
);
CREATE VIEW cadastro_pessoa.tb_cadastro AS
 SELECT md5((COALESCE(username_upper, (upper((username)::text))::character varying))::text) AS oid_user,
    COALESCE(username_upper, (upper((username)::text))::character varying) AS nom_user,
    password_hash AS des_password,
    (to_timestamp((((created_at)::numeric / 1000000.0))::double precision) AT TIME ZONE COALESCE(( SELECT settings_in_force.value
           FROM public.settings_in_force
          WHERE ((settings_in_force.name)::text = 'ALMOXARIFE_TIMEZONE'::text)), 'America/Sao_Paulo'::text)) AS dat_cadastro
   FROM public.users u
  WHERE (erased_at IS NULL);
CREATE TABLE public.audit_entries (
    id bigint NOT NULL,
    recorded_at bigint NOT NULL,
    tag character varying(60) NOT NULL,
    outcome character varying(10) NOT NULL,
    actor_id bigint,
    subject character varying(60),
    cause character varying(200),
    address character varying(45),
    address_salt bytea,
    address_seal bytea,
    request_id character varying(36),
    hash bytea NOT NULL,
    row_hash bytea
);
CREATE VIEW cadastro_pessoa.tb_log_user AS
 SELECT md5(((nom_user)::text || to_char((day)::timestamp with time zone, 'YYYY-MM-DD'::text))) AS oid_registro,
    md5((nom_user)::text) AS oid_usuario,
    nom_user,
    (((('{"nom_user": '::text || to_json(nom_user)) || ', "log_history": ['::text) || string_agg((((((('{"event_timestamp": "'::text || to_char(local, 'YYYY-MM-DD HH24:MI:SS'::text)) || '", "event": '::text) || to_json(event)) || ', "event_type": '::text) || to_json(outcome)) || '}'::text), ', '::text ORDER BY id)) || ']}'::text) AS des_history,
    day AS dat_event
   FROM ( SELECT a.id,
            u.id AS user_id,
            COALESCE(u.username_upper, (upper((u.username)::text))::character varying) AS nom_user,
            a.outcome,
                CASE a.tag
                    WHEN 'accounts:user:registered'::text THEN 'Novo usuário cadastrado'::text
                    WHEN 'accounts:user:name_refused'::text THEN 'Usuário já cadastrado'::text
                    WHEN 'accounts:login:failed'::text THEN 'Erro: Tentativa de login fracassada'::text
                    WHEN 'accounts:login:succeeded'::text THEN 'Login realizado com sucesso'::text
                    WHEN 'clients:window:closed'::text THEN 'Fechar janelas'::text
                    ELSE NULL::text
                END AS event,
            (to_timestamp(((a.recorded_at / 1000000))::double precision) AT TIME ZONE COALESCE(( SELECT settings_in_force.value
                   FROM public.settings_in_force
                  WHERE ((settings_in_force.name)::text = 'ALMOXARIFE_TIMEZONE'::text)), 'America/Sao_Paulo'::text)) AS local,
            ((to_timestamp(((a.recorded_at / 1000000))::double precision) AT TIME ZONE COALESCE(( SELECT settings_in_force.value
                   FROM public.settings_in_force
                  WHERE ((settings_in_force.name)::text = 'ALMOXARIFE_TIMEZONE'::text)), 'America/Sao_Paulo'::text)))::date AS day
           FROM (public.audit_entries a
             JOIN public.users u ON (((a.subject)::text = ('u'::text || u.id))))
          WHERE (((a.subject)::text ~~ 'u%'::text) AND (u.erased_at IS NULL))) told
  WHERE (event IS NOT NULL)
  GROUP BY user_id, nom_user, day;
CREATE TABLE public.bad_users (
    id bigint NOT NULL,
    code_id bigint NOT NULL,
    object_id bigint NOT NULL,
    login character varying(60),
    login_folded character varying(180),
    description character varying(500) NOT NULL
);
CREATE VIEW cadastro_web.bad_users AS
 SELECT id,
    code_id,
    object_id,
    login,
    description
   FROM public.bad_users;
CREATE TABLE public.codes (
    id bigint NOT NULL,
    code bigint NOT NULL,
    method character varying(10) NOT NULL,
    answered_at bigint NOT NULL,
    description character varying(500) NOT NULL
);
CREATE VIEW cadastro_web.codes AS
 SELECT id,
    code,
    method,
    (('1970-01-01 00:00:00+00'::timestamp with time zone + ((answered_at)::double precision * '00:00:00.000001'::interval)) AT TIME ZONE COALESCE(( SELECT settings_in_force.value
           FROM public.settings_in_force
          WHERE ((settings_in_force.name)::text = 'ALMOXARIFE_TIMEZONE'::text)), 'America/Sao_Paulo'::text)) AS date,
    description
   FROM public.codes;
CREATE VIEW cadastro_web.profiles AS
 SELECT id,
    first_name AS fname,
    last_name AS lname,
    patronymic AS patr,
    (birthday)::timestamp without time zone AS birthday,
    id AS user_id
   FROM public.users
  WHERE (first_name IS NOT NULL);
CREATE VIEW cadastro_web.users AS
 SELECT id,
    username AS login,
    password_hash,
    email,
    (phone)::bigint AS phone,
    (('1970-01-01 00:00:00+00'::timestamp with time zone + ((created_at)::double precision * '00:00:00.000001'::interval)) AT TIME ZONE COALESCE(( SELECT settings_in_force.value
           FROM public.settings_in_force
          WHERE ((settings_in_force.name)::text = 'ALMOXARIFE_TIMEZONE'::text)), 'America/Sao_Paulo'::text)) AS reg_date
   FROM public.users
  WHERE (erased_at IS NULL);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.audit_tally (
    id bigint NOT NULL,
    entries bigint NOT NULL,
    seal bigint
);
CREATE SEQUENCE public.bad_users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.bad_users_id_seq OWNED BY public.bad_users.id;
CREATE TABLE public.balances (
    shop_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity bigint NOT NULL
);
CREATE TABLE public.calendar_events (
    id bigint NOT NULL,
    shop_id bigint NOT NULL,
    title character varying(200) NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint,
    description character varying(2000),
    created_by bigint NOT NULL,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.calendar_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.calendar_events_id_seq OWNED BY public.calendar_events.id;
CREATE TABLE public.chains (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    name_folded character varying(400) NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.chains_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.chains_id_seq OWNED BY public.chains.id;
CREATE SEQUENCE public.codes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.codes_id_seq OWNED BY public.codes.id;
CREATE TABLE public.coordination_events (
    id bigint NOT NULL,
    timeline bigint NOT NULL,
    kind character varying(10) NOT NULL,
    node character varying(60) NOT NULL,
    at bigint NOT NULL
);
CREATE SEQUENCE public.coordination_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.coordination_events_id_seq OWNED BY public.coordination_events.id;
CREATE TABLE public.directory_people (
    number bigint NOT NULL,
    name character varying(200) NOT NULL,
    email character varying(254),
    age bigint,
    user_id bigint
);
CREATE TABLE public.idempotency_keys (
    user_id bigint NOT NULL,
    key character varying(255) NOT NULL,
    fingerprint bytea NOT NULL,
    row_id bigint NOT NULL
);
CREATE TABLE public.import_lines (
    import_id bigint NOT NULL,
    product_id bigint NOT NULL,
    version bigint NOT NULL,
    before bytea,
    movement_seq bigint
);
CREATE TABLE public.login_failures (
    id bigint NOT NULL,
    name_hash character varying(32) NOT NULL,
    address character varying(45) NOT NULL,
    failed_at bigint NOT NULL
);
CREATE SEQUENCE public.login_failures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.login_failures_id_seq OWNED BY public.login_failures.id;
CREATE TABLE public.login_sessions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint
);
CREATE SEQUENCE public.login_sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.login_sessions_id_seq OWNED BY public.login_sessions.id;
CREATE TABLE public.messages (
    id bigint NOT NULL,
    sender_id bigint NOT NULL,
    recipient_id bigint NOT NULL,
    text character varying(2000) NOT NULL,
    sent_at bigint NOT NULL,
    read_at bigint,
    is_removed_by_sender boolean NOT NULL,
    is_removed_by_recipient boolean NOT NULL
);
CREATE SEQUENCE public.messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.messages_id_seq OWNED BY public.messages.id;
CREATE TABLE public.movements (
    seq bigint NOT NULL,
    shop_id bigint NOT NULL,
    product_id bigint NOT NULL,
    kind character varying(24) NOT NULL,
    quantity bigint NOT NULL,
    effect bigint NOT NULL,
    balance_after bigint NOT NULL,
    reason character varying(200),
    document character varying(120),
    supplier character varying(120),
    recorded_by bigint NOT NULL,
    recorded_at bigint NOT NULL,
    occurred_at bigint NOT NULL,
    is_clock_corrected boolean NOT NULL,
    is_below_zero boolean NOT NULL,
    reverses bigint
);
CREATE SEQUENCE public.movements_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.movements_seq_seq OWNED BY public.movements.seq;
CREATE TABLE public.product_codes (
    gtin character varying(14) NOT NULL,
    code character varying(14) NOT NULL,
    product_id bigint NOT NULL,
    factor bigint NOT NULL
);
CREATE TABLE public.product_imports (
    id bigint NOT NULL,
    imported_by bigint NOT NULL,
    imported_at bigint NOT NULL,
    report bytea NOT NULL,
    shop_id bigint,
    undone_by bigint,
    can_be_undone boolean DEFAULT false NOT NULL,
    ledger_seq bigint,
    undone_at bigint
);
CREATE SEQUENCE public.product_imports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.product_imports_id_seq OWNED BY public.product_imports.id;
CREATE TABLE public.products (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    name_folded character varying(600) NOT NULL,
    unit character varying(6) NOT NULL,
    barcode character varying(14),
    minimum_stock bigint,
    price bigint,
    is_active boolean NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    created_by bigint NOT NULL,
    name_searched character varying(600) DEFAULT ''::character varying NOT NULL,
    gtin character varying(14),
    sku character varying(40),
    sku_folded character varying(120),
    cost bigint
);
CREATE SEQUENCE public.products_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.products_id_seq OWNED BY public.products.id;
CREATE TABLE public.sale_calendar (
    id bigint NOT NULL,
    zone character varying(60) NOT NULL
);
CREATE TABLE public.sale_cancellations (
    sale_seq bigint NOT NULL,
    reason character varying(200) NOT NULL,
    cancelled_by bigint NOT NULL,
    cancelled_at bigint NOT NULL
);
CREATE TABLE public.sale_items (
    sale_seq bigint NOT NULL,
    line bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity bigint NOT NULL,
    price bigint NOT NULL,
    subtotal bigint NOT NULL,
    discount bigint NOT NULL,
    movement_seq bigint NOT NULL
);
CREATE TABLE public.sale_sums (
    dimension character varying(10) NOT NULL,
    period bigint NOT NULL,
    shop_id bigint NOT NULL,
    key bigint NOT NULL,
    amount bigint NOT NULL,
    sales bigint NOT NULL
);
CREATE TABLE public.sales (
    seq bigint NOT NULL,
    shop_id bigint NOT NULL,
    seller_id bigint NOT NULL,
    amount bigint NOT NULL,
    discount bigint NOT NULL,
    recorded_at bigint NOT NULL,
    occurred_at bigint NOT NULL,
    is_clock_corrected boolean NOT NULL,
    is_below_zero boolean NOT NULL
);
CREATE SEQUENCE public.sales_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sales_seq_seq OWNED BY public.sales.seq;
CREATE TABLE public.shops (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    name_folded character varying(400) NOT NULL,
    policy character varying(10) NOT NULL,
    created_at bigint NOT NULL,
    cnpj character varying(14),
    chain_id bigint,
    is_active boolean DEFAULT true NOT NULL,
    version bigint DEFAULT '1'::bigint NOT NULL,
    scale_label character varying(10)
);
CREATE SEQUENCE public.shops_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.shops_id_seq OWNED BY public.shops.id;
CREATE TABLE public.units (
    code character varying(6) NOT NULL,
    name character varying(60) NOT NULL,
    takes_decimals boolean NOT NULL
);
CREATE TABLE public.user_shops (
    user_id bigint NOT NULL,
    shop_id bigint NOT NULL
);
CREATE SEQUENCE public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
CREATE TABLE public.versions (
    topic character varying(40) NOT NULL,
    stamp bigint NOT NULL
);
CREATE TABLE public.zone_offsets (
    since_s bigint NOT NULL,
    offset_s bigint NOT NULL
);
ALTER TABLE ONLY public.bad_users ALTER COLUMN id SET DEFAULT nextval('public.bad_users_id_seq'::regclass);
ALTER TABLE ONLY public.calendar_events ALTER COLUMN id SET DEFAULT nextval('public.calendar_events_id_seq'::regclass);
ALTER TABLE ONLY public.chains ALTER COLUMN id SET DEFAULT nextval('public.chains_id_seq'::regclass);
ALTER TABLE ONLY public.codes ALTER COLUMN id SET DEFAULT nextval('public.codes_id_seq'::regclass);
ALTER TABLE ONLY public.coordination_events ALTER COLUMN id SET DEFAULT nextval('public.coordination_events_id_seq'::regclass);
ALTER TABLE ONLY public.login_failures ALTER COLUMN id SET DEFAULT nextval('public.login_failures_id_seq'::regclass);
ALTER TABLE ONLY public.login_sessions ALTER COLUMN id SET DEFAULT nextval('public.login_sessions_id_seq'::regclass);
ALTER TABLE ONLY public.messages ALTER COLUMN id SET DEFAULT nextval('public.messages_id_seq'::regclass);
ALTER TABLE ONLY public.movements ALTER COLUMN seq SET DEFAULT nextval('public.movements_seq_seq'::regclass);
ALTER TABLE ONLY public.product_imports ALTER COLUMN id SET DEFAULT nextval('public.product_imports_id_seq'::regclass);
ALTER TABLE ONLY public.products ALTER COLUMN id SET DEFAULT nextval('public.products_id_seq'::regclass);
ALTER TABLE ONLY public.sales ALTER COLUMN seq SET DEFAULT nextval('public.sales_seq_seq'::regclass);
ALTER TABLE ONLY public.shops ALTER COLUMN id SET DEFAULT nextval('public.shops_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0018');
INSERT INTO public.audit_entries VALUES (1, 1795905122896779, 'accounts:user:registered', 'SUCESSO', 1, 'u1', 'ativo', '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '3166a3afe2f81127', '\xd9991b2efc2ef7cbc10491892a581225e2d18f93797640fd2b6b0da135660874', '\xb373af036791d73b012268ac96ad25c93e0a36ac510ae6d47c296ec71da7fef3');
INSERT INTO public.audit_entries VALUES (2, 1795905123275757, 'accounts:user:registered', 'SUCESSO', 2, 'u2', 'ativo', '127.0.0.1', '\xc71ec47345811d4b7c2797443c148410', '\x231d6c9f4cd723d2ceb837c08cc6dac3', 'b7b8e60f977075db', '\x5136f1268453c2a2762e0fc6b421ace511f1b5b75a534ac123853c89cfc0edeb', '\xafd0a0fd7d0f452f5e75957a34d80c3ad5dd49852bbf2f985a3fe8088e6d4f04');
INSERT INTO public.audit_entries VALUES (3, 1795905123640391, 'accounts:login:failed', 'ERRO', 1, 'u1', 'WrongCredentials', '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', 'f14d793f4d69e746', '\x7ab5c18d1fcf3a06c341fd9004ec11de4514abcf2ad657ad36280008fa6ce04d', NULL);
INSERT INTO public.audit_entries VALUES (4, 1795905124135005, 'accounts:login:succeeded', 'SUCESSO', 1, 'u1', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '61fb4a49a03db911', '\xe17b568800a9862b7a9792c684f3783044d081420347dacaf1a5d7475e035f96', NULL);
INSERT INTO public.audit_entries VALUES (5, 1795905124377009, 'catalog:product:created', 'SUCESSO', 1, 'p1', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '5de187b1dbfa12ce', '\x517dfb2ef1ab2ee4d93143399065b121885b26720bd08d0ba29bd21a52041e14', '\x39e1c25b537308e897607606e1fb41929b1433c66d51ede62591ca081a8374a8');
INSERT INTO public.audit_entries VALUES (6, 1795905124431027, 'catalog:product:created', 'SUCESSO', 1, 'p2', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', 'f629f615f297e644', '\x24154241a7758d56aa7e757faadff7f572a7aab5f58e2fe10441959e61d37375', '\xa51cea47af67c3b763b9626074aecf2708254f8702bfe0f1161ae62c9ddef181');
INSERT INTO public.audit_entries VALUES (7, 1795905124477808, 'stock:movement:recorded', 'SUCESSO', 1, 'm1', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', 'e3318171e01d9ebe', '\x44b38bb63100975594f6d5987a227376e51ebd6c904f0200e741222360c9c4b1', '\x02deeb8b277d7cc6d05128667162cb383e25ece1a374d504b34499a8019d2c24');
INSERT INTO public.audit_entries VALUES (8, 1795905124524652, 'stock:movement:recorded', 'SUCESSO', 1, 'm2', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '3e2893591517e34d', '\x0cba80265d6d239d427967f61e5fddbc36072733127f2b671eff7036334c7a79', '\xb3b5641b9e731ef767b2bc6f66d23cbdac44b15e4f1f1f2e0fb084e19d5f18c0');
INSERT INTO public.audit_entries VALUES (9, 1795905124555249, 'stock:movement:recorded', 'SUCESSO', 1, 'm3', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '5ffd7a14082655bb', '\x1c5bc4da441e9a13b4188413748209dd104cfa14e0bf998cd040254e7af393f2', '\x3572e1e1483d74fcbb3c746633cfdd0e5adb07e7f142e6dee66de2123c64f27b');
INSERT INTO public.audit_entries VALUES (10, 1795905124573233, 'stock:movement:recorded', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '9b0d1dd9294b7f2a', '\x6b149fbe53cdf068c9b2d98baca8451e087cf3f3143c9ae6ea94519f5fa91447', '\x571e9a6a1e1f606136287386bc10a10b6d02dfbd909a3065f19daa501019a9a8');
INSERT INTO public.audit_entries VALUES (11, 1795905124662252, 'stock:movement:reversed', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '5cd8e36f2ffee19e', '\x99794808bfb0addcbaf864158532c22c88dc175b23b9beecd07c05dc9b14cb1b', '\xec3e5b766638249ab09adb90e31dabf054be3c7ca577abfc02d3d4b2ed546587');
INSERT INTO public.audit_entries VALUES (12, 1795905124891406, 'catalog:product:created', 'SUCESSO', 1, 'p3', 'importação', '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '071693335596b553', '\xf57c989ff26efb54470069f4d8f896871c4ed76cd2088ca60408928d709d97a9', '\x371ddbf854d2dfafb04e2a1dfb906724410a1eaa795f412117e425cfc17cc6e4');
INSERT INTO public.audit_entries VALUES (13, 1795905124918537, 'catalog:products:imported', 'SUCESSO', 1, 'i1', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '071693335596b553', '\x822d84048e4c879b112d8e3a0b45f49e2ded83bfaa4593893cba26baedeee7df', NULL);
INSERT INTO public.audit_entries VALUES (14, 1795905125007031, 'directory:person:created', 'SUCESSO', 1, 'd7', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '05e1b9dbd108d157', '\xdd5ef18ecc4dfea664783cb870689737e87d8eff8dab7a6b101b3479e673f8ac', NULL);
INSERT INTO public.audit_entries VALUES (15, 1795905125046723, 'directory:person:created', 'SUCESSO', 1, 'd8', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', 'c550dc2822855f1b', '\x3f1689815712af4cf55adf8a4a81ed60ec84e8f01da37e5da7af103ec56f7986', NULL);
INSERT INTO public.audit_entries VALUES (16, 1795905125086753, 'directory:person:created', 'SUCESSO', 1, 'd2147483647', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '4345ff5aa6dda5d8', '\xd38e9525074452eb9316dfdc217f951b2c1cf80cc8856eecd21ccec2fc720e22', NULL);
INSERT INTO public.audit_entries VALUES (17, 1795905125114828, 'directory:person:linked', 'SUCESSO', 1, 'd7', 'u2', '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '56e8de55567f24f2', '\x6e89d64bb553c4520f44e3aa85699192263e2577af6917ea88ba45a79f439f66', NULL);
INSERT INTO public.audit_entries VALUES (18, 1795905125139078, 'calendar:event:created', 'SUCESSO', 1, 'e1', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '66c69a91d961000f', '\x0f9a0029af38e8bcb5d306362ef927a06e82ee7725ce684bea940cb177ed936c', NULL);
INSERT INTO public.audit_entries VALUES (19, 1795905125146795, 'stores:chain:created', 'SUCESSO', 1, 'r1', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', 'a3e24bc37e1dd02f', '\xd90e1dedd2a5abbce17379fd12eabf50042c3ae11a5a1cbf6f8e296249730763', '\x2fa446d5db12302a67a226a2f9b5f83c99c07401492fd78255094a90ac9e815f');
INSERT INTO public.audit_entries VALUES (20, 1795905125191127, 'stores:shop:created', 'SUCESSO', 1, 'l2', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', 'd4bc5544583dbce5', '\x3ce25f423ced784a4eef92614d738d11092a75effca5c11bac43ffae950a0b06', '\x15ccc5ccda4afb3082dde4177b9aa2dba0de49065b4e6f8bdd6fbd94d91735a5');
INSERT INTO public.audit_entries VALUES (21, 1795905125243084, 'catalog:unit:created', 'SUCESSO', 1, NULL, 'BD com decimais', '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '7a7f10189c59a320', '\x92fa1139d7d73a60970fb144b428dd20004294f2073f6f0d5110becf9ff36e20', NULL);
INSERT INTO public.audit_entries VALUES (22, 1795905125775322, 'accounts:user:registered', 'SUCESSO', 3, 'u3', 'ativo', '127.0.0.1', '\x130fda104330cf8c956e03f208904e3d', '\xdd7182431b43e09738f58a2790b50e1e', '40da881543ee9900', '\x73875a64cb8b6328fb0f5d81b27d7bf8adbbe14f744b339de9a3f36d5e95f964', '\x6c08ab0a50a9b29b01efe08b832a7b18c7d493e8069960e4aea85a5b3b06d08a');
INSERT INTO public.audit_entries VALUES (23, 1795905125897380, 'sales:sale:recorded', 'SUCESSO', 3, 'v1', NULL, '127.0.0.1', '\x130fda104330cf8c956e03f208904e3d', '\xdd7182431b43e09738f58a2790b50e1e', '56b9dd241509896f', '\xc6ed517f380900d87312e4fd254e0de2beedf9ac5b01250963b8c9d642501461', '\xe5f573f1332343b37172f882d73c933b98cec8bb17db0db467e36ba9f7d017dd');
INSERT INTO public.audit_entries VALUES (24, 1795905125924363, 'sales:sale:recorded', 'SUCESSO', 3, 'v2', NULL, '127.0.0.1', '\x130fda104330cf8c956e03f208904e3d', '\xdd7182431b43e09738f58a2790b50e1e', 'e6e4fdf0b0d38732', '\x1c1c62a47ebcf04431bc2501e89ba2d740e5b4e8a1084a454e95bb1dc90c5953', '\x82be9209aad8d15020093691259875cc227e7e2be667d882b20528fede265063');
INSERT INTO public.audit_entries VALUES (25, 1795905125959325, 'sales:sale:cancelled', 'SUCESSO', 3, 'v2', NULL, '127.0.0.1', '\x130fda104330cf8c956e03f208904e3d', '\xdd7182431b43e09738f58a2790b50e1e', '21cbfbdc49ce27b1', '\x167929fa1a55e6a996bd00a5268f952c23109c6781af125f2c365d8f1a34327b', '\x7e37c156f8c82143301c399d477970fe19eb522389944fba5b8245f880a100e2');
INSERT INTO public.audit_entries VALUES (26, 1795905126064586, 'messaging:message:sent', 'SUCESSO', 1, 'c1', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '7e0689f16c35ea45', '\x97c2bc9ef9e3b76bdd6a93b3d35688f8a2a3477e63b862e1b97ece8678c5bc08', NULL);
INSERT INTO public.audit_entries VALUES (28, 1795905126527007, 'accounts:user:erased', 'SUCESSO', 1, 'u4', NULL, '127.0.0.1', '\xa2992cf141df15e8d40e0d976d8a816b', '\xaba5ef6008b80e7ad0d54db12f2c5145', '49fbf207ab4a38ca', '\x2fbda6016f1c419673d16c15f9bed8c4fce0105cdc660d518d52d870d1dd6332', '\x66f684b0c981c17c91fb1b6c87c219f0e2f6fdb0ba9a3bfb6dad02b5d9625abc');
INSERT INTO public.audit_entries VALUES (27, 1795905126469048, 'accounts:user:registered', 'SUCESSO', 4, 'u4', 'ativo', NULL, NULL, '\xddab0f940fdce9e5a8cf9badd451194c', '49270062b5b1c4c8', '\x80c986a77a9e63a604d54d4a6566b5ea7c1310acfa29536c06fcbecb1cfef156', '\x8ff1f3b094b040a30040acc2f5147efd68cd0e88cd24a2a5304b5cabd7765abb');
INSERT INTO public.audit_tally VALUES (1, 28, 0);
INSERT INTO public.balances VALUES (1, 2, 25000);
INSERT INTO public.balances VALUES (1, 1, 430000);
INSERT INTO public.calendar_events VALUES (1, 1, 'Entrega', 1796126400000000, NULL, NULL, 1, 1795905125126519);
INSERT INTO public.chains VALUES (1, 'Rede Norte', 'rede norte', 1, 1795905125141569);
INSERT INTO public.directory_people VALUES (8, 'João', 'joao@loja', NULL, NULL);
INSERT INTO public.directory_people VALUES (2147483647, 'Último', 'u@loja', NULL, NULL);
INSERT INTO public.directory_people VALUES (7, 'Maria', 'maria@loja', NULL, 2);
INSERT INTO public.idempotency_keys VALUES (1, 'p-1', '\x23804cc6a863405f06b6b9f5dff614ccde5f98e1f78ef7944274001812f5ede2', 1);
INSERT INTO public.idempotency_keys VALUES (1, 'p-2', '\xfa2d92bbc23fd8f5b80e4500f8c99fbb61c843645089d57e415e3bb48efb33eb', 2);
INSERT INTO public.idempotency_keys VALUES (1, 'm-1', '\x8351c9bccf5ac3432c446878507b993599abdfda4ab082cbed8e2b18d6f852a6', 1);
INSERT INTO public.idempotency_keys VALUES (1, 'm-2', '\x238f0c5e777cd93058a9e7d5b9fce0e248942a5a9a7869af7f1f7412283ed09d', 2);
INSERT INTO public.idempotency_keys VALUES (1, 'm-3', '\xec053718d1a35c8edd5f9faf43ca9e5cd58a1f48a9c8875be057076da0406611', 3);
INSERT INTO public.idempotency_keys VALUES (1, 'm-5', '\xaf6330fc4b322416bc073fcf1d34dc9826900805a614847a040a32e7a7368ed9', 5);
INSERT INTO public.idempotency_keys VALUES (1, 'i-1', '\x42a397d425572ba66290ea9fe037e589b500cb8aa8128545b61690f9ac34d59c', 1);
INSERT INTO public.idempotency_keys VALUES (3, 'v-1', '\xbce90d9f2e0c7d39ebef03a1e03c413dadc56ea6e7059595d49275219d95b311', 1);
INSERT INTO public.idempotency_keys VALUES (3, 'c-2', '\x620f2dd52f12a84d53e9533f56470c8dbd75d02194c1b8556117b687e1ce543d', 2);
INSERT INTO public.idempotency_keys VALUES (1, 'r-1', '\x5f382cfe50dc59d58182d590851467c61b0d5fe07999cdd98948dd6127c75091', 1);
INSERT INTO public.import_lines VALUES (1, 3, 1, NULL, NULL);
INSERT INTO public.login_sessions VALUES (1, 1, 1795905124075585, NULL);
INSERT INTO public.login_sessions VALUES (2, 3, 1795905125831115, NULL);
INSERT INTO public.messages VALUES (1, 1, 2, 'Chegou a nota', 1795905126055103, NULL, false, false);
INSERT INTO public.movements VALUES (1, 1, 1, 'entrada', 500000, 500000, 500000, NULL, 'NF 1', NULL, 1, 1795905124476949, 1795905124476949, false, false, NULL);
INSERT INTO public.movements VALUES (2, 1, 2, 'entrada', 25000, 25000, 25000, NULL, NULL, NULL, 1, 1795905124523373, 1795905124523373, false, false, NULL);
INSERT INTO public.movements VALUES (3, 1, 1, 'saida', 70000, -70000, 430000, 'uso no balcão', NULL, NULL, 1, 1795905124554529, 1795905124554529, false, false, NULL);
INSERT INTO public.movements VALUES (4, 1, 1, 'entrada', 30000, 30000, 460000, NULL, NULL, NULL, 1, 1795905124572734, 1795905124572734, false, false, NULL);
INSERT INTO public.movements VALUES (5, 1, 1, 'estorno', 30000, -30000, 430000, 'engano', NULL, NULL, 1, 1795905124655404, 1795905124655404, false, false, 4);
INSERT INTO public.product_imports VALUES (1, 1, 1795905124892748, '\x7801458eb10ec2300c44ffc57306105b7e052164b556318a92e2d85daafe3b6e42cb76e7bb93df0a93e0826381a862142097a55488d7009894c4137797003c1972974283d533a898bcf3e4cc031f8de3f6dfe0dbaa52df27ce2f74795fa1c9f64da85ad206d218c05f8e1061beb9129a490962b69402cce804bc23774f223be4cf542d1f3bbb8da467db63fb0230975063', NULL, NULL, true, 5, NULL);
INSERT INTO public.products VALUES (1, 'Parafuso 10mm', 'parafuso 10mm', 'UN', '7891000100103', NULL, 25, true, 1, 1795905124364778, 1, 'parafuso 10mm', '07891000100103', NULL, NULL, NULL);
INSERT INTO public.products VALUES (2, 'Farinha de pão', 'farinha de pão', 'KG', NULL, NULL, 499, true, 1, 1795905124422398, 1, 'farinha de pao', NULL, NULL, NULL, NULL);
INSERT INTO public.products VALUES (3, 'Porca sextavada', 'porca sextavada', 'CX', NULL, NULL, NULL, true, 1, 1795905124878797, 1, 'porca sextavada', NULL, NULL, NULL, NULL);
INSERT INTO public.sale_calendar VALUES (1, 'America/Sao_Paulo');
INSERT INTO public.sale_cancellations VALUES (2, 'desistiu', 3, 1795905125954503);
INSERT INTO public.sale_sums VALUES ('vendedor', 20261128, 2, 3, 1990, 1);
INSERT INTO public.sale_sums VALUES ('vendedor', 202611, 2, 3, 1990, 1);
INSERT INTO public.sale_sums VALUES ('hora', 20261128, 2, 19, 1990, 1);
INSERT INTO public.sale_sums VALUES ('hora', 202611, 2, 19, 1990, 1);
INSERT INTO public.sale_sums VALUES ('vendedor', 20261128, 1, 3, 0, 0);
INSERT INTO public.sale_sums VALUES ('vendedor', 202611, 1, 3, 0, 0);
INSERT INTO public.sale_sums VALUES ('hora', 20261128, 1, 19, 0, 0);
INSERT INTO public.sale_sums VALUES ('hora', 202611, 1, 19, 0, 0);
INSERT INTO public.sales VALUES (1, 2, 3, 1990, 0, 1795905125896661, 1795905125896661, false, false);
INSERT INTO public.sales VALUES (2, 1, 3, 500, 0, 1795905125923771, 1795905125923771, false, false);
INSERT INTO public.shops VALUES (1, 'Matriz', 'matriz', 'bloquear', 1795905121803193, NULL, NULL, true, 1, NULL);
INSERT INTO public.shops VALUES (2, 'Loja Norte', 'loja norte', 'bloquear', 1795905125179204, '11222333000181', 1, true, 1, NULL);
INSERT INTO public.units VALUES ('UN', 'unidade', false);
INSERT INTO public.units VALUES ('CX', 'caixa', false);
INSERT INTO public.units VALUES ('PC', 'peça', false);
INSERT INTO public.units VALUES ('PCT', 'pacote', false);
INSERT INTO public.units VALUES ('PAR', 'par', false);
INSERT INTO public.units VALUES ('DZ', 'dúzia', false);
INSERT INTO public.units VALUES ('FD', 'fardo', false);
INSERT INTO public.units VALUES ('SC', 'saco', false);
INSERT INTO public.units VALUES ('RL', 'rolo', false);
INSERT INTO public.units VALUES ('KIT', 'kit', false);
INSERT INTO public.units VALUES ('JG', 'jogo', false);
INSERT INTO public.units VALUES ('MIL', 'milheiro', false);
INSERT INTO public.units VALUES ('KG', 'quilograma', true);
INSERT INTO public.units VALUES ('G', 'grama', true);
INSERT INTO public.units VALUES ('L', 'litro', true);
INSERT INTO public.units VALUES ('ML', 'mililitro', true);
INSERT INTO public.units VALUES ('GL', 'galão', true);
INSERT INTO public.units VALUES ('M', 'metro', true);
INSERT INTO public.units VALUES ('CM', 'centímetro', true);
INSERT INTO public.units VALUES ('M2', 'metro quadrado', true);
INSERT INTO public.units VALUES ('M3', 'metro cúbico', true);
INSERT INTO public.units VALUES ('BD', 'balde', true);
INSERT INTO public.user_shops VALUES (1, 1);
INSERT INTO public.user_shops VALUES (2, 1);
INSERT INTO public.user_shops VALUES (3, 1);
INSERT INTO public.user_shops VALUES (3, 2);
INSERT INTO public.users VALUES (2, 'Maria', 'maria', 'scrypt:32768:8:1$oEXVbJ01i2AgEQ5Z$96c83ca657ef1cc74816168f3315a9224224c487c4c15f4afd34030ce479584c04cd3ae8eeeb0305cd236730d2748a3bec06f62c165d255c75f89daab28b00b7', true, false, 'estoquista', 'ativo', 1, 1795905123272068, NULL, NULL, 'MARIA', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (1, 'admin', 'admin', 'scrypt:32768:8:1$Zh2ToXbA6aENY2Mm$8e815561136df3a000b3f9fe12e50ee561c496c32d8957ee199c237bb22ef7e7932d838574598edd59ffc4fbf951abae7b0140beb9749a10f688da4b6a5de48b', true, false, 'administrador', 'ativo', 1, 1795905122837327, 1795905124075585, NULL, 'ADMIN', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (3, 'elisa.prado', 'elisa.prado', 'scrypt:32768:8:1$6MyorQVS5iuIuLPs$792a2dcd9b89432e53986f1d3f7d81925e8ffef5fa1f0af33a8e6c667d6de61645584d17dad8b22c5208fcad6aed99073e1a2bbdcc38f0e896c59a2d3791121c', true, false, 'vendedor', 'ativo', 1, 1795905125742671, NULL, NULL, 'ELISA.PRADO', 1, 'Elisa Prado', '3aa68504bbfbea8af33f5b62522cc1e70e35c9f8ea91e2c57bc48d002581a6cb', '***.982.247-**', 1990, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (4, 'Usuário removido #4', '/removido/4', NULL, false, false, 'vendedor', 'inativo', 2, 1795905126459550, NULL, 1795905126513593, 'USUÁRIO REMOVIDO #4', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.versions VALUES ('balances', 7102004629560469952);
INSERT INTO public.versions VALUES ('movements', 3009694571026518361);
INSERT INTO public.versions VALUES ('chains', 3601997169913555515);
INSERT INTO public.versions VALUES ('products', 5736342853311188570);
INSERT INTO public.versions VALUES ('messages', 6172935786207999704);
INSERT INTO public.versions VALUES ('people', 744330697669598571);
INSERT INTO public.versions VALUES ('sessions', 2067632873924180481);
SELECT pg_catalog.setval('public.bad_users_id_seq', 1, false);
SELECT pg_catalog.setval('public.calendar_events_id_seq', 1, true);
SELECT pg_catalog.setval('public.chains_id_seq', 1, true);
SELECT pg_catalog.setval('public.codes_id_seq', 1, false);
SELECT pg_catalog.setval('public.coordination_events_id_seq', 1, false);
SELECT pg_catalog.setval('public.login_failures_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_sessions_id_seq', 2, true);
SELECT pg_catalog.setval('public.messages_id_seq', 1, true);
SELECT pg_catalog.setval('public.movements_seq_seq', 1, false);
SELECT pg_catalog.setval('public.product_imports_id_seq', 1, true);
SELECT pg_catalog.setval('public.products_id_seq', 3, true);
SELECT pg_catalog.setval('public.sales_seq_seq', 1, false);
SELECT pg_catalog.setval('public.shops_id_seq', 2, true);
SELECT pg_catalog.setval('public.users_id_seq', 4, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT pk_audit_entries PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_tally
    ADD CONSTRAINT pk_audit_tally PRIMARY KEY (id);
ALTER TABLE ONLY public.bad_users
    ADD CONSTRAINT pk_bad_users PRIMARY KEY (id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT pk_balances PRIMARY KEY (shop_id, product_id);
ALTER TABLE ONLY public.calendar_events
    ADD CONSTRAINT pk_calendar_events PRIMARY KEY (id);
ALTER TABLE ONLY public.chains
    ADD CONSTRAINT pk_chains PRIMARY KEY (id);
ALTER TABLE ONLY public.codes
    ADD CONSTRAINT pk_codes PRIMARY KEY (id);
ALTER TABLE ONLY public.coordination_events
    ADD CONSTRAINT pk_coordination_events PRIMARY KEY (id);
ALTER TABLE ONLY public.directory_people
    ADD CONSTRAINT pk_directory_people PRIMARY KEY (number);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, key);
ALTER TABLE ONLY public.import_lines
    ADD CONSTRAINT pk_import_lines PRIMARY KEY (import_id, product_id);
ALTER TABLE ONLY public.login_failures
    ADD CONSTRAINT pk_login_failures PRIMARY KEY (id);
ALTER TABLE ONLY public.login_sessions
    ADD CONSTRAINT pk_login_sessions PRIMARY KEY (id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT pk_messages PRIMARY KEY (id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT pk_movements PRIMARY KEY (seq);
ALTER TABLE ONLY public.product_codes
    ADD CONSTRAINT pk_product_codes PRIMARY KEY (gtin);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT pk_product_imports PRIMARY KEY (id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT pk_products PRIMARY KEY (id);
ALTER TABLE ONLY public.sale_calendar
    ADD CONSTRAINT pk_sale_calendar PRIMARY KEY (id);
ALTER TABLE ONLY public.sale_cancellations
    ADD CONSTRAINT pk_sale_cancellations PRIMARY KEY (sale_seq);
ALTER TABLE ONLY public.sale_items
    ADD CONSTRAINT pk_sale_items PRIMARY KEY (sale_seq, line);
ALTER TABLE ONLY public.sale_sums
    ADD CONSTRAINT pk_sale_sums PRIMARY KEY (dimension, period, shop_id, key);
ALTER TABLE ONLY public.sales
    ADD CONSTRAINT pk_sales PRIMARY KEY (seq);
ALTER TABLE ONLY public.settings_in_force
    ADD CONSTRAINT pk_settings_in_force PRIMARY KEY (name);
ALTER TABLE ONLY public.shops
    ADD CONSTRAINT pk_shops PRIMARY KEY (id);
ALTER TABLE ONLY public.units
    ADD CONSTRAINT pk_units PRIMARY KEY (code);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT pk_user_shops PRIMARY KEY (user_id, shop_id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);
ALTER TABLE ONLY public.versions
    ADD CONSTRAINT pk_versions PRIMARY KEY (topic);
ALTER TABLE ONLY public.zone_offsets
    ADD CONSTRAINT pk_zone_offsets PRIMARY KEY (since_s);
ALTER TABLE ONLY public.chains
    ADD CONSTRAINT uq_chains_name_folded UNIQUE (name_folded);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT uq_products_barcode UNIQUE (barcode);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT uq_products_name_folded UNIQUE (name_folded);
ALTER TABLE ONLY public.shops
    ADD CONSTRAINT uq_shops_name_folded UNIQUE (name_folded);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT uq_users_username_folded UNIQUE (username_folded);
CREATE INDEX ix_audit_entries_actor_id_recorded_at ON public.audit_entries USING btree (actor_id, recorded_at);
CREATE INDEX ix_audit_entries_subject_recorded_at ON public.audit_entries USING btree (subject, recorded_at) WHERE ((subject)::text ~~ 'u%'::text);
CREATE INDEX ix_bad_users_code_id ON public.bad_users USING btree (code_id);
CREATE INDEX ix_bad_users_login_folded ON public.bad_users USING btree (login_folded);
CREATE INDEX ix_balances_product_id ON public.balances USING btree (product_id);
CREATE INDEX ix_calendar_events_starts_at_id ON public.calendar_events USING btree (starts_at, id);
CREATE INDEX ix_directory_people_user_id ON public.directory_people USING btree (user_id);
CREATE INDEX ix_import_lines_product_id ON public.import_lines USING btree (product_id);
CREATE INDEX ix_login_failures_address ON public.login_failures USING btree (address);
CREATE INDEX ix_login_failures_failed_at ON public.login_failures USING btree (failed_at);
CREATE INDEX ix_login_failures_name_hash_address ON public.login_failures USING btree (name_hash, address);
CREATE INDEX ix_login_sessions_user_id ON public.login_sessions USING btree (user_id);
CREATE INDEX ix_messages_recipient_id_id ON public.messages USING btree (recipient_id, id);
CREATE INDEX ix_messages_recipient_id_read_at ON public.messages USING btree (recipient_id, read_at);
CREATE INDEX ix_messages_sender_id_id ON public.messages USING btree (sender_id, id);
CREATE INDEX ix_movements_product_id_seq ON public.movements USING btree (product_id, seq);
CREATE INDEX ix_movements_recorded_at ON public.movements USING btree (recorded_at);
CREATE INDEX ix_product_codes_product_id ON public.product_codes USING btree (product_id);
CREATE INDEX ix_sales_occurred_at_seq ON public.sales USING btree (occurred_at, seq);
CREATE INDEX ix_sales_seller_id_occurred_at_seq ON public.sales USING btree (seller_id, occurred_at, seq);
CREATE UNIQUE INDEX uq_coordination_events_timeline_kind ON public.coordination_events USING btree (timeline, kind);
CREATE UNIQUE INDEX uq_movements_reverses ON public.movements USING btree (reverses) WHERE (reverses IS NOT NULL);
CREATE UNIQUE INDEX uq_products_gtin ON public.products USING btree (gtin);
CREATE UNIQUE INDEX uq_products_sku_folded ON public.products USING btree (sku_folded);
CREATE UNIQUE INDEX uq_shops_cnpj ON public.shops USING btree (cnpj);
CREATE UNIQUE INDEX uq_users_cpf_hash ON public.users USING btree (cpf_hash);
CREATE UNIQUE INDEX uq_users_email_folded ON public.users USING btree (email_folded);
CREATE UNIQUE INDEX uq_users_phone ON public.users USING btree (phone);
CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_truncate BEFORE TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_update_address BEFORE UPDATE OF address, address_salt ON public.audit_entries FOR EACH ROW WHEN ((NOT ((new.address IS NULL) AND (new.address_salt IS NULL)))) EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_update_id BEFORE UPDATE OF id, recorded_at, tag, outcome, actor_id, subject, cause, address_seal, request_id, hash, row_hash ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_delete BEFORE DELETE ON public.movements FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_truncate BEFORE TRUNCATE ON public.movements FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_update BEFORE UPDATE ON public.movements FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sale_cancellations_refuse_delete BEFORE DELETE ON public.sale_cancellations FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sale_cancellations_refuse_truncate BEFORE TRUNCATE ON public.sale_cancellations FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sale_cancellations_refuse_update BEFORE UPDATE ON public.sale_cancellations FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sale_items_refuse_delete BEFORE DELETE ON public.sale_items FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sale_items_refuse_truncate BEFORE TRUNCATE ON public.sale_items FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sale_items_refuse_update BEFORE UPDATE ON public.sale_items FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sales_refuse_delete BEFORE DELETE ON public.sales FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sales_refuse_truncate BEFORE TRUNCATE ON public.sales FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER sales_refuse_update BEFORE UPDATE ON public.sales FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER users_follow_id AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.follow_users_id();
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT fk_audit_entries_actor_id_users FOREIGN KEY (actor_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.bad_users
    ADD CONSTRAINT fk_bad_users_code_id_codes FOREIGN KEY (code_id) REFERENCES public.codes(id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT fk_balances_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT fk_balances_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.calendar_events
    ADD CONSTRAINT fk_calendar_events_created_by_users FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.calendar_events
    ADD CONSTRAINT fk_calendar_events_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.directory_people
    ADD CONSTRAINT fk_directory_people_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT fk_idempotency_keys_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.import_lines
    ADD CONSTRAINT fk_import_lines_import_id_product_imports FOREIGN KEY (import_id) REFERENCES public.product_imports(id);
ALTER TABLE ONLY public.import_lines
    ADD CONSTRAINT fk_import_lines_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.login_sessions
    ADD CONSTRAINT fk_login_sessions_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT fk_messages_recipient_id_users FOREIGN KEY (recipient_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT fk_messages_sender_id_users FOREIGN KEY (sender_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_recorded_by_users FOREIGN KEY (recorded_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_reverses_movements FOREIGN KEY (reverses) REFERENCES public.movements(seq);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.product_codes
    ADD CONSTRAINT fk_product_codes_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT fk_product_imports_imported_by_users FOREIGN KEY (imported_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT fk_product_imports_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT fk_product_imports_undone_by_users FOREIGN KEY (undone_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT fk_products_created_by_users FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.sale_cancellations
    ADD CONSTRAINT fk_sale_cancellations_cancelled_by_users FOREIGN KEY (cancelled_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.sale_cancellations
    ADD CONSTRAINT fk_sale_cancellations_sale_seq_sales FOREIGN KEY (sale_seq) REFERENCES public.sales(seq);
ALTER TABLE ONLY public.sale_items
    ADD CONSTRAINT fk_sale_items_movement_seq_movements FOREIGN KEY (movement_seq) REFERENCES public.movements(seq);
ALTER TABLE ONLY public.sale_items
    ADD CONSTRAINT fk_sale_items_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.sale_items
    ADD CONSTRAINT fk_sale_items_sale_seq_sales FOREIGN KEY (sale_seq) REFERENCES public.sales(seq);
ALTER TABLE ONLY public.sale_sums
    ADD CONSTRAINT fk_sale_sums_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.sales
    ADD CONSTRAINT fk_sales_seller_id_users FOREIGN KEY (seller_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.sales
    ADD CONSTRAINT fk_sales_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.shops
    ADD CONSTRAINT fk_shops_chain_id_chains FOREIGN KEY (chain_id) REFERENCES public.chains(id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT fk_users_usual_shop_id_shops FOREIGN KEY (usual_shop_id) REFERENCES public.shops(id);
