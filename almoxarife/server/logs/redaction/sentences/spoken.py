"""Finds secrets in words: ``a senha do wifi é gato preto``, ``mudei a senha para girassol``, ``o pin é quatro oito``.

What a sentence says about a password (``a senha é obrigatória``, ``a senha foi trocada``) is told from the password
itself by the first word: articles, prepositions, participles that agree with the name, and a list of adjectives.
"""

import re

_ENGLISH = r"the|for|of|to"
_OF_WHAT = (
    rf"(?:\s{{1,3}}(?:d[aeo]s?|n[ao]s?|{_ENGLISH})\s{{1,3}}[^\W\d][\w-]{{0,24}}(?:\s{{1,3}}\d{{1,3}}(?!\w))?"
    r"|\s{1,3}(?:nov[ao]|atual|antig[ao]|padrao|inicial|provisori[ao]|temporari[ao]|mestr[ao]|geral|agora|hoje|ja"
    r"|new|old|current|default)(?!\w)){0,3}"
)
"""``do wifi``, ``nova``, ``da Ana agora``"""
_IS = r"(?:e|eh|es|is|was|era|sera|virou|ficou|continua)"
_CHANGED = (
    r"(?:(?:(?:foi|fica|ficou|was)\s{1,3})?(?:trocad|alterad|mudad|redefinid|atualizad)[ao]s?|mudou|passou|changed)"
    r"\s{1,3}(?:para|pra|p/|to|a\s{1,3}ser)"
)
_WORD = r"[^\s,;.!?()|\"'`“”‘’«»:]+(?:\.[^\s,;.!?()|\"'`“”‘’«»:]+){0,4}"
_ENDS = r"(?:e|mas|pois|porque|quando|se|que|and|but)"
_VALUE = rf"(?P<value>(?P<first>{_WORD})(?:\s{{1,2}}(?!{_ENDS}\s){_WORD}){{0,5}})"
_SAID = re.compile(rf"{_OF_WHAT}\s{{1,4}}(?P<verb>{_IS}|{_CHANGED})\s{{1,4}}{_VALUE}")
_CHANGED_TO = re.compile(rf"{_OF_WHAT}\s{{1,4}}(?:para|pra|p/|to)\s{{1,4}}{_VALUE}")
_WHO_CHANGES = re.compile(
    r"(?:mud|troqu|troc|alter|redefin|atualiz)(?:ei|ou|amos|aram|i|iu)\s{1,3}(?:(?:a|o|minha|meu|sua|nossa|essa)\s{1,3})?\Z"
)
"""``mudei a senha para …``: what follows ``mudar a senha para`` is mostly a purpose."""
_CHOSEN = ("senha", "passw", "contrasen", "passphrase", "passcode", "passe")
_LONGEST_BEFORE = 24

_NUMERAL = r"(?:zero|um|uma|dois|duas|tres|quatro|cinco|seis|meia|sete|oito|nove)"
_SPELT = re.compile(
    rf"[^\d.!?\n]{{0,40}}?[\s:]{{1,4}}(?P<value>{_NUMERAL}(?:[\s,;-]{{1,3}}(?:e\s{{1,2}})?{_NUMERAL}){{2,11}})(?!\w)"
)
_PIX_KEY = re.compile(
    r"(?:\s{1,3}(?:e|eh|do|da|de|o|a|celular|telefone|fone|cel|whatsapp|cpf|cnpj|e-?mail|aleatoria|copiada|enviada)"
    r"){0,4}[\s:=]{1,4}(?P<value>[\w.+-]{1,64}@[\w.-]{3,100}|\+?\(?\d{2}[\d ().-]{6,18}\d{2}(?![\w/])"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
"""``chave pix celular (11) 98765-4321``"""

_ABOUT = frozenset(
    {
        *("a", "o", "as", "os", "um", "uma", "uns", "umas", "de", "do", "da", "dos", "das", "em", "no", "na", "para"),
        *("pra", "por", "pelo", "pela", "com", "sem", "ao", "entre", "ate", "so", "somente", "apenas", "muito", "mais"),
        *(
            "menos",
            "tao",
            "bem",
            "mal",
            "pouco",
            "meio",
            "quase",
            "sempre",
            "nunca",
            "ja",
            "ainda",
            "nao",
            "sim",
            "que",
        ),
        *("quem", "qual", "quando", "se", "como", "onde", "porque", "essa", "esse", "esta", "este", "aquela", "aquele"),
        *("isso", "isto", "minha", "meu", "sua", "seu", "nossa", "nosso", "todo", "toda", "todos", "todas", "cada"),
        *("qualquer", "outra", "outro", "mesma", "mesmo", "igual", "diferente", "necessario", "preciso", "possivel"),
        *("obrigatoria", "obrigatorio", "opcional", "necessaria", "invalida", "invalido", "valida", "valido"),
        *("incorreta", "incorreto", "correta", "correto", "certa", "certo", "errada", "errado", "fraca", "fraco"),
        *("forte", "curta", "curto", "longa", "longo", "grande", "pequena", "pequeno", "segura", "seguro", "insegura"),
        *("inseguro", "boa", "bom", "otima", "ruim", "pessima", "simples", "complexa", "facil", "dificil", "nova"),
        *("novo", "antiga", "antigo", "velha", "atual", "anterior", "unica", "unico", "pessoal", "intransferivel"),
        *("secreta", "secreto", "sigilosa", "confidencial", "publica", "temporaria", "provisoria", "definitiva"),
        *("padrao", "nula", "vazia", "vazio", "nulo", "null", "none", "numerica", "numerico", "alfanumerica"),
        *("importante", "suficiente", "insuficiente", "inexistente", "existente", "incompativel", "aleatoria"),
        *("sensivel", "case", "minima", "maxima", "menor", "maior", "melhor", "pior", "previsivel", "repetida"),
        *("responsabilidade", "aceita", "aceito", "salva", "salvo", "vista", "visto", "impressa", "impresso", "tipo"),
        *(
            "feita",
            "posta",
            "escrita",
            "aberta",
            "expressa",
            "suspensa",
            "composta",
            "exposta",
            "descrita",
            "sensitive",
            "ok",
            "mantem",
            "livre",
        ),
        *("usuario", "usuaria", "cliente", "operador", "operadora", "loja", "caixa", "gerente", "administrador"),
        *("funcionario", "funcionaria", "colaborador", "terminal", "assunto", "problema", "texto", "chata", "chato"),
        *("mensal", "semanal", "diario", "diaria"),
        *("obligatoria", "incorrecta", "correcta", "requerida", "demasiado", "muy", "la", "el", "los", "las"),
        *("the", "an", "not", "too", "very", "so", "only", "now", "for", "in", "on", "at", "by", "as", "to", "of"),
        *("required", "incorrect", "correct", "invalid", "valid", "wrong", "mandatory", "optional", "weak", "strong"),
        *("short", "long", "empty", "blank", "same", "different", "secure", "insecure", "unknown", "your"),
        *("my", "his", "her", "their", "this", "that", "what", "reset", "set", "stored", "sent", "old", "new", "ok"),
        *(
            "expiring",
            "changing",
            "missing",
            "bad",
            "good",
            "okay",
            "easy",
            "hard",
            "unchanged",
            "needed",
            "being",
            "been",
            "kept",
            "read",
            "used",
            "about",
            "going",
            "almost",
            "always",
            "never",
            "still",
            "already",
            "also",
            "equal",
            "similar",
            "identical",
            "like",
            "plain",
            "hash",
            "md5",
            "from",
            "with",
        ),
    }
)
"""First words of what is said about a password, which is not the password."""
_VERB_END = re.compile(r"[^\W\d]{2,}(?:[aei]r|[aei]r-se|[aei]ndo|mente)")
_ADJECTIVE = "veis|vel|tica|tico|iva|ivo|ciente|stente|ndente"
_FEMININE_END = re.compile(rf"[^\W\d]+(?:[ai]das?|{_ADJECTIVE})")
_MASCULINE_END = re.compile(rf"[^\W\d]+(?:[ai]dos?|{_ADJECTIVE})")
_ENGLISH_END = re.compile(r"[^\W\d]{3,}(?:ed|able|ible)")


def find_said(text: str, folded: str, start: int, end: int) -> tuple[int, int] | None:
    """Start and end of the words that are the value of the name from ``start`` to ``end``; None if there are none."""
    name = folded[start:end]
    if name.endswith("pix"):
        key = _PIX_KEY.match(folded, end)
        return key.span("value") if key else None
    if spelt := _SPELT.match(folded, end):
        return spelt.span("value")
    if not any(stem in name for stem in _CHOSEN):
        return None
    found = _SAID.match(folded, end)
    if found and found["verb"] == "e" and text[found.start("verb")] not in "éÉ":
        return None  # "a senha e o login"
    if found is None and _WHO_CHANGES.search(folded, max(0, start - _LONGEST_BEFORE), start):
        found = _CHANGED_TO.match(folded, end)
    return found.span("value") if found and not _is_about(found["first"], name) else None


def _is_about(word: str, name: str) -> bool:
    """Whether the word begins what is said about the password, as an adjective does."""
    if word in _ABOUT or word.partition("-")[0] in _ABOUT or word.isdigit() or _VERB_END.fullmatch(word):
        return True
    if "senha" in name or "contrasen" in name:
        return _FEMININE_END.fullmatch(word) is not None
    ends = _MASCULINE_END if "passe" in name else _ENGLISH_END
    return ends.fullmatch(word) is not None
