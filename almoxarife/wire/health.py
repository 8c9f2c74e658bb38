"""Whether the server is there, and which machine of a chain takes the writes."""

from datetime import tzinfo
from enum import StrEnum

from pydantic import Field

from almoxarife import brazil
from almoxarife.wire.model import Answer
from almoxarife.wire.times import Time


class LogHealth(Answer):
    """The log service by itself."""

    name: str = Field(alias="nome")
    version: str = Field(alias="versao")
    state: str = Field(alias="estado")
    lost_log_entries: int = Field(default=0, alias="registros_perdidos")
    lost_gateway_entries: int | None = Field(default=None, alias="registros_perdidos_da_entrada")


class Health(Answer):
    name: str = Field(alias="nome")
    version: str = Field(alias="versao")
    state: str = Field(alias="estado")
    """``ok``, or ``sem-gravacao`` while commits fail."""
    database: str = Field(alias="banco")
    """``sqlite`` or ``postgresql``."""
    lost_log_entries: int = Field(default=0, alias="registros_perdidos")
    """Entries of the server's own log that could not be kept, since it started."""
    lost_gateway_entries: int | None = Field(default=None, alias="registros_perdidos_da_entrada")
    """Requests to the gateway that are no entries of the log, since it started; null where another process receives."""
    last_copy: Time | None = Field(default=None, alias="ultima_copia")
    """When the newest nightly copy was made. Told to this machine and to logged-in people, as the two below are."""
    has_copy_failed: bool | None = Field(default=None, alias="copia_falhou")
    """Whether the last try made no copy; null where the server makes none."""
    clock_jumped_s: int | None = Field(default=None, alias="relogio_saltou_s")
    """By how many seconds somebody has set the server's clock since it started."""
    coordinator: str | None = Field(default=None, alias="coordenador")
    """The machine that takes the writes, told as the above; null while there is none."""
    replica: str | None = None
    """``em-dia``, ``atrasada`` or ``fora``: the standby that answers who only reads, told as the above."""
    instance: str = Field(alias="instancia")
    """Random for each run of the server: the same value stands in the data directory's ``servidor.json``."""


class Copy(Answer):
    """A nightly copy that is there."""

    file: str = Field(alias="arquivo")
    made_at: Time = Field(alias="feita_em")
    size_bytes: int = Field(alias="bytes")


class TrailCheck(Answer):
    """What a look at the whole audit trail has found."""

    checked_at: Time = Field(alias="conferida_em")
    head: str = Field(alias="cabeca")
    """To be kept elsewhere: it proves later that nothing before it was changed."""
    entries: int = Field(alias="registros")
    fault: str | None = Field(default=None, alias="falha")
    """The first entry that is not as it was recorded; null: the trail is whole."""


class Situation(Answer):
    """How the server is, for the people who look after it."""

    version: str = Field(alias="versao")
    database: str = Field(alias="banco")
    is_writing: bool = Field(alias="grava")
    started_at: Time = Field(alias="no_ar_desde")
    copies_kept: int = Field(alias="copias_guardadas")
    """How many of them; 0: this server makes none."""
    copies: list[Copy] = Field(alias="copias")
    """Newest first."""
    has_copy_failed: bool = Field(alias="copia_falhou")
    trail_head: str | None = Field(alias="cabeca_da_trilha")
    last_check: TrailCheck | None = Field(default=None, alias="ultima_conferencia")
    """Since this server started."""
    disk_free_bytes: int | None = Field(alias="disco_livre_bytes")
    disk_bytes: int | None = Field(alias="disco_bytes")
    lost_log_entries: int = Field(alias="registros_perdidos")
    clock_jumped_s: int = Field(alias="relogio_saltou_s")


class AuditHead(Answer):
    head: str = Field(alias="cabeca")
    """As ``audit head`` prints it and ``audit verify`` takes it."""


class CoordinationEventKind(StrEnum):
    LOST = "perdido"
    """The coordinator was gone."""
    ELECTED = "eleicao"
    """Another node won."""
    TOOK_OVER = "assumiu"
    """It takes the writes."""
    HANDED_BACK = "devolveu"
    """The main node has the writes again."""


ABSENT = "ausente"
"""The state of a node that was there, and that no other one tells of any more."""
STATES_IN_WORDS = {
    "no-ar": "no ar",
    "starting": "iniciando",
    "restarting": "reiniciando",
    "stopping": "parando",
    "crashed": "caiu",
    "creating replica": "recebendo a cópia",
    "start failed": "não iniciou",
    ABSENT: "não responde",
}
"""Of a node; other words of the cluster are shown as they are."""


class NodeState(Answer):
    name: str = Field(alias="nome")
    role: str = Field(alias="papel")
    """``coordenador``, ``reserva-sincrona`` (has all that was confirmed) or ``reserva``."""
    state: str = Field(alias="estado")
    """``no-ar``, ``parado``, ``ausente``, or the word of the cluster for what is in between."""
    lag_bytes: int | None = Field(default=None, alias="atraso_bytes")
    """What the coordinator has written and this node has not; null where nobody knows."""

    @property
    def is_up(self) -> bool:
        return self.state == "no-ar"

    @property
    def is_on_its_way(self) -> bool:
        """It answers, and is not ready yet."""
        return self.state in {"starting", "restarting", "creating replica"}

    @property
    def state_in_words(self) -> str:
        return STATES_IN_WORDS.get(self.state, self.state)


class CoordinationEvent(Answer):
    kind: CoordinationEventKind = Field(alias="tipo")
    node: str = Field(alias="no")
    at: Time = Field(alias="em")


class Coordination(Answer):
    coordinator: str | None = Field(alias="coordenador")
    """Null while there is none: nothing can be written."""
    is_temporary: bool = Field(alias="temporario")
    """Another node than the main one coordinates."""
    main: str = Field(alias="principal")
    since: Time | None = Field(alias="desde")
    """Since when this coordinator coordinates; while there is none, since when there is none."""
    unheard_since: Time | None = Field(default=None, alias="sem_noticias_desde")
    """Since when the server that answers hears nothing of the nodes: others may coordinate, and it does not know."""
    nodes: list[NodeState] = Field(alias="nos")
    events: list[CoordinationEvent] = Field(alias="eventos")
    """The newest 50, oldest first."""

    def describe(self, zone: tzinfo) -> str:
        """Who coordinates, for people."""
        if self.unheard_since is not None:
            moment = brazil.format_datetime(self.unheard_since, zone)
            return f"O servidor não tem notícias dos outros nós desde {moment}: não sabe quem coordena."
        if self.coordinator is None:
            return "Sem coordenador agora: nada pode ser gravado no servidor."
        temporary = f" (temporário; o principal é {self.main})" if self.is_temporary else ""
        return f"Coordenador: {self.coordinator}{temporary}."

    def describe_nodes(self) -> str:
        """Who answers, who will soon and who does not; empty on one machine."""
        if len(self.nodes) <= 1:
            return ""
        up = [node.name for node in self.nodes if node.is_up]
        down = [node.name for node in self.nodes if not (node.is_up or node.is_on_its_way)]
        sentences = [f"{'Respondem' if len(up) > 1 else 'Responde'}: {', '.join(up) or 'nenhum'}."]
        sentences += [f"{node.name}: {node.state_in_words}." for node in self.nodes if node.is_on_its_way]
        if down:
            sentences.append(f"Não {'respondem' if len(down) > 1 else 'responde'}: {', '.join(down)}.")
        return " ".join(sentences)

    def describe_event(self, event: CoordinationEvent) -> str:
        """One of ``events``, for people."""
        match event.kind:
            case CoordinationEventKind.LOST:
                return f"O coordenador {event.node} se perdeu."
            case CoordinationEventKind.ELECTED:
                return f"Eleição: {event.node} venceu."
            case CoordinationEventKind.TOOK_OVER if event.node == self.main:
                return f"{event.node} assumiu."
            case CoordinationEventKind.TOOK_OVER:
                return f"{event.node} assumiu como coordenador temporário, até {self.main} voltar."
        before = [
            other.node for other in self.events if other.kind is CoordinationEventKind.TOOK_OVER and other.at < event.at
        ]
        handed_over = f" O que {before[-1]} gravou está lá." if before else ""
        return f"A coordenação voltou para {event.node}.{handed_over}"
