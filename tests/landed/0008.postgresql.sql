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
    usual_shop_id bigint
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
    created_by bigint NOT NULL
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
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.shops_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.shops_id_seq OWNED BY public.shops.id;
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
ALTER TABLE ONLY public.login_failures ALTER COLUMN id SET DEFAULT nextval('public.login_failures_id_seq'::regclass);
ALTER TABLE ONLY public.login_sessions ALTER COLUMN id SET DEFAULT nextval('public.login_sessions_id_seq'::regclass);
ALTER TABLE ONLY public.movements ALTER COLUMN seq SET DEFAULT nextval('public.movements_seq_seq'::regclass);
ALTER TABLE ONLY public.product_imports ALTER COLUMN id SET DEFAULT nextval('public.product_imports_id_seq'::regclass);
ALTER TABLE ONLY public.products ALTER COLUMN id SET DEFAULT nextval('public.products_id_seq'::regclass);
ALTER TABLE ONLY public.shops ALTER COLUMN id SET DEFAULT nextval('public.shops_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0008');
INSERT INTO public.audit_entries VALUES (1, 1795892961610039, 'accounts:user:registered', 'SUCESSO', 1, 'u1', 'ativo', '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', 'b780ef75e488364c', '\x8a44aa2cafb958ab2dd8f43db5d0a21a3f249d3d6b6d31daa6af03c7dbc270f6', '\x3f693666ebf003fc2079a4881698ea575668f54db99f1d69421172a20411529a');
INSERT INTO public.audit_entries VALUES (2, 1795892961804689, 'accounts:user:registered', 'SUCESSO', 2, 'u2', 'ativo', '127.0.0.1', '\xeebc2a9c44678293fa7727c064157372', '\xb48fe2726964a9d2f61499e67694fa42', 'b6f3288da4f2e9a9', '\x7817a9438c47960dbc887c52b3c49bdaa18f10f6207fce755788eb73332690b5', '\x1e94409a6e823d2446609245c2ceae2efb261592cd161f411ae1aac267c9552e');
INSERT INTO public.audit_entries VALUES (3, 1795892962078636, 'accounts:login:failed', 'ERRO', 1, 'u1', 'WrongCredentials', '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '360e904e2a0ab766', '\x5dacd57e51b0a9808ce819f93dae0a9cf9f8ccb701996a8e6d44b43057b12d88', NULL);
INSERT INTO public.audit_entries VALUES (4, 1795892962518974, 'accounts:login:succeeded', 'SUCESSO', 1, 'u1', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', 'e21ba8a186f76c6b', '\x4bfd429579182084582e377dba37bfd377c42453b9a41ae15b7218c1713e155b', NULL);
INSERT INTO public.audit_entries VALUES (5, 1795892962642860, 'catalog:product:created', 'SUCESSO', 1, 'p1', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '1aafa30de14f618f', '\x0df7f2b52daa4c95adf2b796d22615f8fce5fbb0218fdb02c82648fa413c3f29', '\x0f6c06e8ee7c71c2c4624211b5780591ab14e6c342548286c844a0c0cf999c7d');
INSERT INTO public.audit_entries VALUES (6, 1795892962675737, 'catalog:product:created', 'SUCESSO', 1, 'p2', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '29c72d3c04c6c6a0', '\x51d4de4b37af5c41ee5a3e9b8ee1dd96ddfefd144c856f86b1ddb2632a159b58', '\x009af0c8cfff74f1b62f394b5ba88072bb29c9ad8eeb9d6e1a00e61cb3f67d62');
INSERT INTO public.audit_entries VALUES (7, 1795892962687928, 'stock:movement:recorded', 'SUCESSO', 1, 'm1', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '0fc39193ee9d5d27', '\xa31d81b75c5cada304829ebd624b1958e49869368eeb5deb724c3d29aa92efca', '\xfb5b1cb7458658d03ac3b36e9f47bbb523c7db9ed9c37e311ebdd07e169c4a7b');
INSERT INTO public.audit_entries VALUES (8, 1795892962708013, 'stock:movement:recorded', 'SUCESSO', 1, 'm2', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '7274bafcdf855c19', '\x9562b73026476f36e3237f2e2c11482624baa99543746fa331dae665b41ed49e', '\x807c0f1b24423a7bab72853684fa9ec67bc0fbcb46c3121a8c9af6c205bcc454');
INSERT INTO public.audit_entries VALUES (9, 1795892962718002, 'stock:movement:recorded', 'SUCESSO', 1, 'm3', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '4389ce8676bbdae8', '\x09967318eebbcf19566a6a9872ba7e27ae5397050e90679c31b64ff401930509', '\xdd413312977f06e20565a2bd82722e67d8f998de13c29e5ec47a2438708dc394');
INSERT INTO public.audit_entries VALUES (10, 1795892962721937, 'stock:movement:recorded', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '0ab5bef4ac554fef', '\x1c96032557376ab4c3f7e038bbb3cda942328023f8bba1d86e9dc234aa7b9a76', '\xcb65f4c37361163ebccd9aa1cc766c1020994885d2efebf73f4e8abe0ac38444');
INSERT INTO public.audit_entries VALUES (11, 1795892962731211, 'stock:movement:reversed', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '5a1f8452c6cff373', '\xa91bd23f33a28c06bf6bf568a2c9c773de2970c44c88e60a90bdfda3f96e6fbe', '\xfabac75f696a1e219c30e12e69d610c678501012fa7f88df2b7a32cc51d14cd7');
INSERT INTO public.audit_entries VALUES (12, 1795892962743742, 'catalog:product:created', 'SUCESSO', 1, 'p3', 'importação', '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '44f05b621a54b260', '\x9d2d5745050a8a142b119152d1630c8121ef134d170add11030802ee82283d50', '\x6f71f7e7eba4d673947400a2013884c0dc5f6ceff6bc04bf0f4d01a5bf17891a');
INSERT INTO public.audit_entries VALUES (13, 1795892962744336, 'catalog:products:imported', 'SUCESSO', 1, 'i1', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '44f05b621a54b260', '\x9b583914b07e799dcb7ccbec7cd9333216a786637626f8c58539e5ce6f5b3e01', NULL);
INSERT INTO public.audit_entries VALUES (14, 1795892962752791, 'directory:person:created', 'SUCESSO', 1, 'd7', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '6af0729117629613', '\x027092f8ec37c46fd5e8a950e85582c7dc132a42e08592983eb4462a7f513566', NULL);
INSERT INTO public.audit_entries VALUES (15, 1795892962762479, 'directory:person:created', 'SUCESSO', 1, 'd8', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '987ccce9b4f490ca', '\xc39867dbbc6a3bb0e8a4c966ebbc01f520776eb1aadef4f5ba274aa7ee81d864', NULL);
INSERT INTO public.audit_entries VALUES (16, 1795892962768139, 'directory:person:created', 'SUCESSO', 1, 'd2147483647', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '78d6359f015bd66e', '\xdfc945bd0d30bebb1664b41a743aa08701eebe08db90f98867f3c5c6077a8050', NULL);
INSERT INTO public.audit_entries VALUES (17, 1795892962781888, 'directory:person:linked', 'SUCESSO', 1, 'd7', 'u2', '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '1eb576b64d2cb461', '\xded165cc33df9b100f8b8ff25b4a1eb467db4cfb2607a53f057a9eee601255e6', NULL);
INSERT INTO public.audit_entries VALUES (19, 1795892963146559, 'accounts:user:erased', 'SUCESSO', 1, 'u3', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', 'd0f02b4001c3a9f5', '\x596db41dfa185df144fbd18f7158c3e25262bfadba27bf943e821c8decc785e3', '\x78dd0c6e20b4e772b906144341e9aa77aa1f455861c1a106e2a9ee60f23a2a76');
INSERT INTO public.audit_entries VALUES (18, 1795892963105619, 'accounts:user:registered', 'SUCESSO', 3, 'u3', 'ativo', NULL, NULL, '\x927afad8ceb2931c581a17423ed27f07', '8bc78934a7029b86', '\x41ec7f23b154f4e209cf7da3b7ff60e0a749cdd17b0746510fce7660c9aa3207', '\xfc5f508696cb9fefb46bb398188acc7e6d3f7e59a8414a7509d8ced3b3f50cb3');
INSERT INTO public.audit_entries VALUES (20, 1795892963177372, 'calendar:event:created', 'SUCESSO', 1, 'e1', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', '743cc4ea3e369050', '\x714af85c37a521011428996396bdcbe8870a6035809057cadf2a9f73e898b888', NULL);
INSERT INTO public.audit_entries VALUES (21, 1795892963184699, 'clients:window:closed', 'SISTEMA', 1, 'u1', NULL, '127.0.0.1', '\x2d45618a9e157c3ab78b77b5a689121f', '\x6c6922034bfd422c06f9362753e106df', 'd59a8498d572c0f1', '\x66487d6c10dabef95b6833ec20af253e19dd9d6d875453028b7775221f6713d3', NULL);
INSERT INTO public.audit_tally VALUES (1, 21, 0);
INSERT INTO public.balances VALUES (1, 2, 25000);
INSERT INTO public.balances VALUES (1, 1, 430000);
INSERT INTO public.calendar_events VALUES (1, 1, 'Entrega', 1796115600000000, NULL, NULL, 1, 1795892963175037);
INSERT INTO public.directory_people VALUES (8, 'admin', 'x', NULL, NULL);
INSERT INTO public.directory_people VALUES (2147483647, 'Maria', 'maria@loja', NULL, NULL);
INSERT INTO public.directory_people VALUES (7, 'João', 'string', 30, 2);
INSERT INTO public.idempotency_keys VALUES (1, 'a', '\x8537aba383c6a047929541ef61f714913bad0be02117b6022e9c5b77eb086de2', 1);
INSERT INTO public.idempotency_keys VALUES (1, 'b', '\x559e850a446e264fc071f7a750a688c8e2641397deb92a26de8cc7b0b9352971', 2);
INSERT INTO public.idempotency_keys VALUES (1, 'c', '\x0310d8eb6be93270e59a09a4c8e376d82c22e91a6b0645b3c9228320e4456783', 1);
INSERT INTO public.idempotency_keys VALUES (1, 'd', '\xa32fd17ed4cbd1e4eb2d3ef3ce551a0dcdf79f1188e71bd47e8bb64368c276ea', 2);
INSERT INTO public.idempotency_keys VALUES (1, 'e', '\x1c0124198b068b0038131028cba96a2733c9067d167d849cd05ed981762754ac', 3);
INSERT INTO public.idempotency_keys VALUES (1, 'f', '\xca15d1b0ad16007d86b980056fc2570694906a8a9bae54efe7325368f5f55edc', 4);
INSERT INTO public.idempotency_keys VALUES (1, 'g', '\xaf6330fc4b322416bc073fcf1d34dc9826900805a614847a040a32e7a7368ed9', 5);
INSERT INTO public.idempotency_keys VALUES (1, 'h', '\xd93cbf610b50cca3869758844d3c8e0cb8b164bb73850b31a579411d3b9b3f8e', 1);
INSERT INTO public.login_sessions VALUES (1, 1, 1795892962490349, NULL);
INSERT INTO public.movements VALUES (1, 1, 1, 'entrada', 500000, 500000, 500000, NULL, NULL, NULL, 1, 1795892962687326, 1795892962687326, false, false, NULL);
INSERT INTO public.movements VALUES (2, 1, 2, 'entrada', 25000, 25000, 25000, NULL, 'NF 12', NULL, 1, 1795892962707702, 1795892962707702, false, false, NULL);
INSERT INTO public.movements VALUES (3, 1, 1, 'saida', 70000, -70000, 430000, 'venda', NULL, NULL, 1, 1795892962717721, 1795892962717721, false, false, NULL);
INSERT INTO public.movements VALUES (4, 1, 1, 'entrada', 30000, 30000, 460000, NULL, NULL, NULL, 1, 1795892962721661, 1795892962721661, false, false, NULL);
INSERT INTO public.movements VALUES (5, 1, 1, 'estorno', 30000, -30000, 430000, 'engano', NULL, NULL, 1, 1795892962725763, 1795892962725763, false, false, 4);
INSERT INTO public.product_imports VALUES (1, 1, 1795892962743840, '\x789c3d8c310ac4300c04ffb2b58b84ebfc9590425c44ce20ec205b6942fe7eb203e96619762eec4a276d05b1a971402e67a9887300496375e36b0a48bb517a50f96bf51592f28f1c97ebc1f155ae266d6447111ed89c8f0fba3cb8316236910056eda53eeef5fe037cbe2fb2');
INSERT INTO public.products VALUES (1, 'Parafuso 10mm', 'parafuso 10mm', 'UN', '7891000100103', 50000, 50, true, 1, 1795892962626935, 1);
INSERT INTO public.products VALUES (2, 'Arame (kg)', 'arame (kg)', 'KG', NULL, NULL, NULL, true, 1, 1795892962674537, 1);
INSERT INTO public.products VALUES (3, 'Porca 10mm', 'porca 10mm', 'UN', NULL, NULL, NULL, true, 1, 1795892962743399, 1);
INSERT INTO public.shops VALUES (1, 'Matriz', 'matriz', 'bloquear', 1795892961020806);
INSERT INTO public.user_shops VALUES (1, 1);
INSERT INTO public.user_shops VALUES (2, 1);
INSERT INTO public.users VALUES (2, 'Maria', 'maria', 'scrypt:32768:8:1$YltaN4kWD0mrLb2C$7c9f71aa64db7f32d2110ffaccb87224f4e719ec4d20845106c9e9c4f5c3e2274bc7d06f11f575fd7cd06a2d0c7afb3afd64a680d56b4312425e57ee27becd77', true, false, 'estoquista', 'ativo', 1, 1795892961799692, NULL, NULL, 'MARIA', 1);
INSERT INTO public.users VALUES (1, 'admin', 'admin', 'scrypt:32768:8:1$qRmYDwEaUYoxSj6Q$eb43270e965e4c91c0c7e878d48c8d6f7e265d8703d80754ed8662cf674cf24ad9ae8b80266b3cb2d8c0848be0d39509a988691e34e93477470eb6b279875a92', true, false, 'administrador', 'ativo', 1, 1795892961604734, 1795892962490349, NULL, 'ADMIN', 1);
INSERT INTO public.users VALUES (3, 'Usuário removido #3', '/removido/3', NULL, false, false, 'vendedor', 'inativo', 2, 1795892963090586, NULL, 1795892963130935, 'USUÁRIO REMOVIDO #3', NULL);
INSERT INTO public.versions VALUES ('balances', 1052888489642676968);
INSERT INTO public.versions VALUES ('movements', 3504567365278210925);
INSERT INTO public.versions VALUES ('products', 7097081381103821413);
INSERT INTO public.versions VALUES ('people', 2945606023032323561);
INSERT INTO public.versions VALUES ('sessions', 5884790249408199908);
SELECT pg_catalog.setval('public.calendar_events_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_failures_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_sessions_id_seq', 1, true);
SELECT pg_catalog.setval('public.movements_seq_seq', 1, false);
SELECT pg_catalog.setval('public.product_imports_id_seq', 1, true);
SELECT pg_catalog.setval('public.products_id_seq', 3, true);
SELECT pg_catalog.setval('public.shops_id_seq', 1, true);
SELECT pg_catalog.setval('public.users_id_seq', 3, true);
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
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT pk_user_shops PRIMARY KEY (user_id, shop_id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);
ALTER TABLE ONLY public.versions
    ADD CONSTRAINT pk_versions PRIMARY KEY (topic);
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
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT fk_users_usual_shop_id_shops FOREIGN KEY (usual_shop_id) REFERENCES public.shops(id);
