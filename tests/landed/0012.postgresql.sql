SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA cadastro_pessoa;
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
    birth_year bigint
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
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.audit_tally (
    id bigint NOT NULL,
    entries bigint NOT NULL,
    seal bigint
);
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
CREATE TABLE public.product_imports (
    id bigint NOT NULL,
    imported_by bigint NOT NULL,
    imported_at bigint NOT NULL,
    report bytea NOT NULL
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
    gtin character varying(14)
);
CREATE SEQUENCE public.products_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.products_id_seq OWNED BY public.products.id;
CREATE TABLE public.shops (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    name_folded character varying(400) NOT NULL,
    policy character varying(10) NOT NULL,
    created_at bigint NOT NULL,
    cnpj character varying(14),
    chain_id bigint,
    is_active boolean DEFAULT true NOT NULL,
    version bigint DEFAULT '1'::bigint NOT NULL
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
ALTER TABLE ONLY public.calendar_events ALTER COLUMN id SET DEFAULT nextval('public.calendar_events_id_seq'::regclass);
ALTER TABLE ONLY public.chains ALTER COLUMN id SET DEFAULT nextval('public.chains_id_seq'::regclass);
ALTER TABLE ONLY public.login_failures ALTER COLUMN id SET DEFAULT nextval('public.login_failures_id_seq'::regclass);
ALTER TABLE ONLY public.login_sessions ALTER COLUMN id SET DEFAULT nextval('public.login_sessions_id_seq'::regclass);
ALTER TABLE ONLY public.movements ALTER COLUMN seq SET DEFAULT nextval('public.movements_seq_seq'::regclass);
ALTER TABLE ONLY public.product_imports ALTER COLUMN id SET DEFAULT nextval('public.product_imports_id_seq'::regclass);
ALTER TABLE ONLY public.products ALTER COLUMN id SET DEFAULT nextval('public.products_id_seq'::regclass);
ALTER TABLE ONLY public.shops ALTER COLUMN id SET DEFAULT nextval('public.shops_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0012');
INSERT INTO public.audit_entries VALUES (1, 1795905114362868, 'accounts:user:registered', 'SUCESSO', 1, 'u1', 'ativo', '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '37bf01662e82bbcd', '\xe20311e244732d5c7d3f0abc8b84dc2c9210ff9dc75850a174d8b0d4f6763db1', '\x1d48bc63e4209b8069993fb742b85a1b04f96652b68fe9a36175e0867850b0ba');
INSERT INTO public.audit_entries VALUES (2, 1795905114594580, 'accounts:user:registered', 'SUCESSO', 2, 'u2', 'ativo', '127.0.0.1', '\xf18f5c63e530e101a7fe567d084214c2', '\xb90b2653d8d10bf09a9bfb8b5f75d5a6', 'df0cee7f1131fa1f', '\x5b27b1b4e2aff4767a56e8820408ce9bab29bad35e0fad6de7712f9c2c279a82', '\x434c6e5a52d2d4339ef020b19a6410ee0f462ae9f4a9ea590778b408150c96f2');
INSERT INTO public.audit_entries VALUES (3, 1795905114802756, 'accounts:login:failed', 'ERRO', 1, 'u1', 'WrongCredentials', '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '1acc77882afe88b5', '\xfc353ab96753f3c93efda9573f06b8c6e7ef4a2a9a2909c137fb6fa8ae5c9a27', NULL);
INSERT INTO public.audit_entries VALUES (4, 1795905115024750, 'accounts:login:succeeded', 'SUCESSO', 1, 'u1', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', 'e7f7df758d24acce', '\x057de7397df5095f0b17e1eb3113cf9d40bb179b71f0aa15dab3f8110cbc373c', NULL);
INSERT INTO public.audit_entries VALUES (5, 1795905115127520, 'catalog:product:created', 'SUCESSO', 1, 'p1', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', 'df06f6919a8fb045', '\x061e53102458a9db58feeaf964087cb9a60927cd1b87448fd962883dc5e1bdc7', '\x7a26c2853d6d7dd55356bbf97bc3c24dd6907c0ab3074ab1091e7b176bdce71b');
INSERT INTO public.audit_entries VALUES (6, 1795905115156705, 'catalog:product:created', 'SUCESSO', 1, 'p2', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '86f8586096737ea5', '\xe9636ed6bfdcd7107d61e3acc5d4dcab64cae2e088398dfce69b56049c689a58', '\x020139556354d78746c3b4b4e054248bd05df08e600967b4ebf0390d892544e4');
INSERT INTO public.audit_entries VALUES (7, 1795905115185128, 'stock:movement:recorded', 'SUCESSO', 1, 'm1', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '9eb4191d321a37b5', '\x3e4b763ad961eaade599afda50d91457c415815bb1a617a2ac131c5363471640', '\x2c17e2818cf5fc700b9b4ef3a7caa0d37ae00a9a9682c69c41eee45b267eee33');
INSERT INTO public.audit_entries VALUES (8, 1795905115199818, 'stock:movement:recorded', 'SUCESSO', 1, 'm2', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '985415f68890fa67', '\xa80317df4f76bd9b514cba281288a4dc138d6404228bd7e474e34e76a6e6d4d7', '\xd9380667e9f33b5fe85dc01e4290a66f5aa821a116a87757f282a95584ee3a99');
INSERT INTO public.audit_entries VALUES (9, 1795905115211278, 'stock:movement:recorded', 'SUCESSO', 1, 'm3', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '720a4f492e94c76f', '\x01cf86362bad806da6ec636d484f53793d42a4709fb733833619dab213223c09', '\xc5b3d529cf1254f75b050f3b6fbdbdc93dc6f0cd13fd6c69b42eadc9c6bcdce0');
INSERT INTO public.audit_entries VALUES (10, 1795905115231861, 'stock:movement:recorded', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '3761f273f734346b', '\x0e2079d44d1c02608a6a6a724fa5352122d2ad433d687037500e9a0e6fc32abf', '\x7d36cf8837a7cc6d2d595b3b07b81926c2e4abe083db94bd613e57ad1e589547');
INSERT INTO public.audit_entries VALUES (11, 1795905115254116, 'stock:movement:reversed', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', 'c82306ceb3bf9ed1', '\x0118bc92c4415f84b0f376779c2763a60a659aaf868cc860b43837f38ee89345', '\xf7178f73bbd4caf3070b7c6b47c49c889eca3adc9a30e22be7812337e46ecda2');
INSERT INTO public.audit_entries VALUES (12, 1795905115295756, 'catalog:product:created', 'SUCESSO', 1, 'p3', 'importação', '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '98852e1f037c3691', '\x82a96e523a8008ab134feb2f3fd757ba6406cf88cad13998c523395c1af81672', '\x5d8fab0d3f1562c256296cb69a91835a096fe48826c83bd5fe758f9527430306');
INSERT INTO public.audit_entries VALUES (13, 1795905115297465, 'catalog:products:imported', 'SUCESSO', 1, 'i1', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '98852e1f037c3691', '\xcb35655a524b70078f4c59555a3bf5f05dfaa5df35f445ad04e5552de908e22a', NULL);
INSERT INTO public.audit_entries VALUES (14, 1795905115308113, 'directory:person:created', 'SUCESSO', 1, 'd7', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '5624bf194b7c3ce2', '\x2e15e497acc4445a20f24a67748f846e72b7bb77dd26f5c554412c5e1ab0d93c', NULL);
INSERT INTO public.audit_entries VALUES (15, 1795905115326469, 'directory:person:created', 'SUCESSO', 1, 'd8', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', 'f92b78cdfa88138d', '\x24e25a5df426f13b8b55e6afad0eaa5f6b7029de258f7d789ef17bb4dd176729', NULL);
INSERT INTO public.audit_entries VALUES (16, 1795905115333290, 'directory:person:created', 'SUCESSO', 1, 'd2147483647', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', 'f8c67cb5c8331561', '\xe095467016dc2c6de4a7cf6517171b82d330940af6861ed251da7849426ed93c', NULL);
INSERT INTO public.audit_entries VALUES (17, 1795905115363536, 'directory:person:linked', 'SUCESSO', 1, 'd7', 'u2', '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '902a5fef38f94acf', '\x05359097f028eb161756e04602a64ea2c6461f8b06f3281a596d6fdcc5e68f17', NULL);
INSERT INTO public.audit_entries VALUES (18, 1795905115379012, 'calendar:event:created', 'SUCESSO', 1, 'e1', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '17d0c76598b7f46d', '\x13319e563131a887acbe7dcbe3b1836ab698da1422435c7281004c07482e4ee0', NULL);
INSERT INTO public.audit_entries VALUES (19, 1795905115391492, 'stores:chain:created', 'SUCESSO', 1, 'r1', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '7c7cb807757f1cab', '\xa57af9a01ef0147ed34728e09562d7ed39d750ef65101da4090b1f6ec16ada66', '\x2fa446d5db12302a67a226a2f9b5f83c99c07401492fd78255094a90ac9e815f');
INSERT INTO public.audit_entries VALUES (20, 1795905115411614, 'stores:shop:created', 'SUCESSO', 1, 'l2', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '76dfc62fbde1f06a', '\xc4c6448aa505905ce128c94600a51b583291d075e389b6690c318fb48424cc8d', '\x15ccc5ccda4afb3082dde4177b9aa2dba0de49065b4e6f8bdd6fbd94d91735a5');
INSERT INTO public.audit_entries VALUES (21, 1795905115436669, 'catalog:unit:created', 'SUCESSO', 1, NULL, 'BD com decimais', '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '697b8651ff168c0a', '\xf4f5fdfb193bc60cdcc0b8e56a91ba3bb3529404a580062ee6f18550c4ef8aae', NULL);
INSERT INTO public.audit_entries VALUES (22, 1795905115670844, 'accounts:user:registered', 'SUCESSO', 3, 'u3', 'ativo', '127.0.0.1', '\x41cf4f68af6eb19605a271c05739bcf8', '\x110df3bc9a3cf7f72d58a1aead1ba7d5', 'f6029a541cfbc5ab', '\xcdf2913feb262756e84c9327a6cf22a9fddcb978920fa2786ac01c06d324c3da', '\xd6a8d2bbed1d422e93b2aaa83a83c2f6506cc6268601a7252f4da07ab414ae79');
INSERT INTO public.audit_entries VALUES (24, 1795905115941257, 'accounts:user:erased', 'SUCESSO', 1, 'u4', NULL, '127.0.0.1', '\x379631c459ad4ba995d134f6fc286514', '\x23bb25c2e1447f8aa41719e8f0050e4e', '8094edb3ed0b4e40', '\xed211a822a6ad18f6f1975aa7b1e9513facde700adb8d1c1438dc2c96003be20', '\x8dfbb6983aff16580e2dac01c9b4d8cc8a5f752ad9d0ff6b4cff75bc2f46d529');
INSERT INTO public.audit_entries VALUES (23, 1795905115900154, 'accounts:user:registered', 'SUCESSO', 4, 'u4', 'ativo', NULL, NULL, '\x6fa46e5e10c968a91eb7349e79ca9428', '81fd849a055d04f5', '\x5b7c349f3757eb42de0eb274196bd181392c43ae606138a767033efe32825dab', '\x690feef9449f99f584fc23e7db72a2927da385c3fda5ab6254b912953524ae8c');
INSERT INTO public.audit_tally VALUES (1, 24, 0);
INSERT INTO public.balances VALUES (1, 2, 25000);
INSERT INTO public.balances VALUES (1, 1, 430000);
INSERT INTO public.calendar_events VALUES (1, 1, 'Entrega', 1796126400000000, NULL, NULL, 1, 1795905115371663);
INSERT INTO public.chains VALUES (1, 'Rede Norte', 'rede norte', 1, 1795905115386108);
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
INSERT INTO public.login_sessions VALUES (1, 1, 1795905115006808, NULL);
INSERT INTO public.movements VALUES (1, 1, 1, 'entrada', 500000, 500000, 500000, NULL, 'NF 1', NULL, 1, 1795905115183267, 1795905115183267, false, false, NULL);
INSERT INTO public.movements VALUES (2, 1, 2, 'entrada', 25000, 25000, 25000, NULL, NULL, NULL, 1, 1795905115199471, 1795905115199471, false, false, NULL);
INSERT INTO public.movements VALUES (3, 1, 1, 'saida', 70000, -70000, 430000, 'uso no balcão', NULL, NULL, 1, 1795905115210887, 1795905115210887, false, false, NULL);
INSERT INTO public.movements VALUES (4, 1, 1, 'entrada', 30000, 30000, 460000, NULL, NULL, NULL, 1, 1795905115231473, 1795905115231473, false, false, NULL);
INSERT INTO public.movements VALUES (5, 1, 1, 'estorno', 30000, -30000, 430000, 'engano', NULL, NULL, 1, 1795905115250580, 1795905115250580, false, false, 4);
INSERT INTO public.product_imports VALUES (1, 1, 1795905115295969, '\x78013d8eb10ac3300c44ffe5660f2dd9fc2ba58348446a10b691ad2c21ff5ed9816cf738ee492776a583b682d8d5382097a334c477004967f5c6e9159076a37447e5d5da5348ca3ff2e27362c6b9556e267d6aa7112ed81051174fca953b23661309a8e4be341eb89955c7c901d7f7fa03a1d6355e');
INSERT INTO public.products VALUES (1, 'Parafuso 10mm', 'parafuso 10mm', 'UN', '7891000100103', NULL, 25, true, 1, 1795905115119179, 1, 'parafuso 10mm', '07891000100103');
INSERT INTO public.products VALUES (2, 'Farinha de pão', 'farinha de pão', 'KG', NULL, NULL, 499, true, 1, 1795905115153603, 1, 'farinha de pao', NULL);
INSERT INTO public.products VALUES (3, 'Porca sextavada', 'porca sextavada', 'CX', NULL, NULL, NULL, true, 1, 1795905115293439, 1, 'porca sextavada', NULL);
INSERT INTO public.shops VALUES (1, 'Matriz', 'matriz', 'bloquear', 1795905113785681, NULL, NULL, true, 1);
INSERT INTO public.shops VALUES (2, 'Loja Norte', 'loja norte', 'bloquear', 1795905115406873, '11222333000181', 1, true, 1);
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
INSERT INTO public.users VALUES (2, 'Maria', 'maria', 'scrypt:32768:8:1$5MFLO22ALHTC1SIG$c18283d1cf91f9af787184d6de91ea71513db525b7c92c485c321b71e9bf09fed7eeeedead74cde9408bd3d1f8bc4ce26c8e5a5523939536c98d555b9fd07014', true, false, 'estoquista', 'ativo', 1, 1795905114589571, NULL, NULL, 'MARIA', 1, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (1, 'admin', 'admin', 'scrypt:32768:8:1$xKE50BbD1B6FyxXb$5eaaabb11ead25cf35786517e9a325f8202f00a7a3abc6c53955ba5663581fdf15a020157fb75b0ca236351c3f20ddda127d1f6ef2cd58ab668d580e7b50122f', true, false, 'administrador', 'ativo', 1, 1795905114338920, 1795905115006808, NULL, 'ADMIN', 1, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (3, 'elisa.prado', 'elisa.prado', 'scrypt:32768:8:1$qwRIor9PIxhBcOwQ$d86e7e640bef33d4ed588458a9c51aabf6a83ef2740a9ef20dd42742b36b2451001a6bcea1fb0fcd56727adda72e49f0d04d15154c6ce5da2e4198b32db26da7', true, false, 'vendedor', 'ativo', 1, 1795905115664982, NULL, NULL, 'ELISA.PRADO', 1, 'Elisa Prado', 'bca9fb1d76a889333d6f6ec48d1d20993295278b9c8b739b8c7f670d363c45b9', '***.982.247-**', 1990);
INSERT INTO public.users VALUES (4, 'Usuário removido #4', '/removido/4', NULL, false, false, 'vendedor', 'inativo', 2, 1795905115890025, NULL, 1795905115926610, 'USUÁRIO REMOVIDO #4', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.versions VALUES ('balances', 6235591860513509754);
INSERT INTO public.versions VALUES ('movements', 7005082040043634725);
INSERT INTO public.versions VALUES ('chains', 8393305030074344128);
INSERT INTO public.versions VALUES ('products', 949691296471882704);
INSERT INTO public.versions VALUES ('people', 6830356099555008618);
INSERT INTO public.versions VALUES ('sessions', 4042455823662951790);
SELECT pg_catalog.setval('public.calendar_events_id_seq', 1, true);
SELECT pg_catalog.setval('public.chains_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_failures_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_sessions_id_seq', 1, true);
SELECT pg_catalog.setval('public.movements_seq_seq', 1, false);
SELECT pg_catalog.setval('public.product_imports_id_seq', 1, true);
SELECT pg_catalog.setval('public.products_id_seq', 3, true);
SELECT pg_catalog.setval('public.shops_id_seq', 2, true);
SELECT pg_catalog.setval('public.users_id_seq', 4, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT pk_audit_entries PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_tally
    ADD CONSTRAINT pk_audit_tally PRIMARY KEY (id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT pk_balances PRIMARY KEY (shop_id, product_id);
ALTER TABLE ONLY public.calendar_events
    ADD CONSTRAINT pk_calendar_events PRIMARY KEY (id);
ALTER TABLE ONLY public.chains
    ADD CONSTRAINT pk_chains PRIMARY KEY (id);
ALTER TABLE ONLY public.directory_people
    ADD CONSTRAINT pk_directory_people PRIMARY KEY (number);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, key);
ALTER TABLE ONLY public.login_failures
    ADD CONSTRAINT pk_login_failures PRIMARY KEY (id);
ALTER TABLE ONLY public.login_sessions
    ADD CONSTRAINT pk_login_sessions PRIMARY KEY (id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT pk_movements PRIMARY KEY (seq);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT pk_product_imports PRIMARY KEY (id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT pk_products PRIMARY KEY (id);
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
CREATE INDEX ix_balances_product_id ON public.balances USING btree (product_id);
CREATE INDEX ix_calendar_events_starts_at_id ON public.calendar_events USING btree (starts_at, id);
CREATE INDEX ix_directory_people_user_id ON public.directory_people USING btree (user_id);
CREATE INDEX ix_login_failures_address ON public.login_failures USING btree (address);
CREATE INDEX ix_login_failures_failed_at ON public.login_failures USING btree (failed_at);
CREATE INDEX ix_login_failures_name_hash_address ON public.login_failures USING btree (name_hash, address);
CREATE INDEX ix_login_sessions_user_id ON public.login_sessions USING btree (user_id);
CREATE INDEX ix_movements_product_id_seq ON public.movements USING btree (product_id, seq);
CREATE INDEX ix_movements_recorded_at ON public.movements USING btree (recorded_at);
CREATE UNIQUE INDEX uq_movements_reverses ON public.movements USING btree (reverses) WHERE (reverses IS NOT NULL);
CREATE UNIQUE INDEX uq_products_gtin ON public.products USING btree (gtin);
CREATE UNIQUE INDEX uq_shops_cnpj ON public.shops USING btree (cnpj);
CREATE UNIQUE INDEX uq_users_cpf_hash ON public.users USING btree (cpf_hash);
CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_truncate BEFORE TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_update_address BEFORE UPDATE OF address, address_salt ON public.audit_entries FOR EACH ROW WHEN ((NOT ((new.address IS NULL) AND (new.address_salt IS NULL)))) EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_update_id BEFORE UPDATE OF id, recorded_at, tag, outcome, actor_id, subject, cause, address_seal, request_id, hash, row_hash ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_delete BEFORE DELETE ON public.movements FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_truncate BEFORE TRUNCATE ON public.movements FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_update BEFORE UPDATE ON public.movements FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER users_follow_id AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.follow_users_id();
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT fk_audit_entries_actor_id_users FOREIGN KEY (actor_id) REFERENCES public.users(id);
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
ALTER TABLE ONLY public.login_sessions
    ADD CONSTRAINT fk_login_sessions_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_recorded_by_users FOREIGN KEY (recorded_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_reverses_movements FOREIGN KEY (reverses) REFERENCES public.movements(seq);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT fk_product_imports_imported_by_users FOREIGN KEY (imported_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT fk_products_created_by_users FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.shops
    ADD CONSTRAINT fk_shops_chain_id_chains FOREIGN KEY (chain_id) REFERENCES public.chains(id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT fk_users_usual_shop_id_shops FOREIGN KEY (usual_shop_id) REFERENCES public.shops(id);
