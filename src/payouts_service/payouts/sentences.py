"""What ``explain`` says, in English and in Russian."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "ready": (
            "It is accepted and ready; no worker has taken it yet.",
            "Выплата принята и готова; её ещё не взял ни один обработчик.",
        ),
        "ready_next": (
            "A worker takes it within seconds; if the hint was lost, the sweep gives it again.",
            "Обработчик возьмёт её в течение секунд; если сигнал потерян, его повторит регулярный обход.",
        ),
        "for_a_person": (
            "It is accepted and waits for a person: the connector {connector} sends nothing by itself.",
            "Выплата принята и ждёт человека: коннектор {connector} сам ничего не отправляет.",
        ),
        "scheduled": ("It is accepted and waits for its time.", "Выплата принята и ждёт назначенного времени."),
        "scheduled_next": ("It becomes ready at {when}.", "Она станет готова к исполнению в {when}."),
        "blocked": ("It is accepted and waits for: {blockers}.", "Выплата принята и ждёт: {blockers}."),
        "without_funds": (
            "It is accepted and waits for funds: the account lacks {missing} {currency}.",
            "Выплата принята и ждёт средств: на счёте не хватает {missing} {currency}.",
        ),
        "funds_promised": (
            "It is accepted and waits for funds: what the account has is for payouts that go before it.",
            "Выплата принята и ждёт средств: имеющиеся на счёте предназначены выплатам, которые идут раньше.",
        ),
        "without_funds_next": (
            "It goes on when money arrives, the oldest first; nothing was sent.",
            "Она продолжится, когда поступят средства, начиная с самых старых; ничего не отправлено.",
        ),
        "may_top_up": (
            "Whoever sees the money arrive tops the account up.",
            "Тот, кто видит поступление денег, пополняет счёт.",
        ),
        "limited": (
            "It is accepted and waits: a limit on payouts of its tenant or to its recipient is reached.",
            "Выплата принята и ждёт: достигнут лимит выплат её арендатора или её получателю.",
        ),
        "limited_next": (
            "The limit's day or month ends at {when}; then it goes, the oldest first, as far as the limit allows.",
            "День или месяц лимита закончится в {when}; тогда пойдут самые старые, насколько позволит лимит.",
        ),
        "in_flight": (
            "A worker has given it to the provider of {connector} and waits for the answer.",
            "Обработчик передал её провайдеру коннектора {connector} и ждёт ответа.",
        ),
        "in_flight_next": (
            "If the worker dies, the provider is asked about the reference {reference} after {when}.",
            "Если обработчик погибнет, после {when} у провайдера спросят о референсе {reference}.",
        ),
        "in_flight_sent_next": (
            "If the worker dies, the same reference {reference} is sent again after {when}; it is paid once.",
            "Если обработчик погибнет, после {when} тот же референс {reference} уйдёт снова; исполняется он один раз.",
        ),
        "by_hand": ("A person is paying it.", "Её исполняет человек."),
        "by_hand_next": (
            "It ends when that person reports completed or failed.",
            "Она завершится, когда этот человек сообщит об исполнении или отказе.",
        ),
        "accepted": (
            "The provider has accepted it and will end it later.",
            "Провайдер принял её и завершит позже.",
        ),
        "asked_next": (
            "The provider is asked about the reference {reference} at {when}.",
            "У провайдера спросят о референсе {reference} в {when}.",
        ),
        "sent_again_next": (
            "The same reference {reference} is sent again at {when}; the provider pays one reference once.",
            "Тот же референс {reference} уйдёт снова в {when}; провайдер исполняет один референс один раз.",
        ),
        "sent_again_paused_next": (
            "The same reference {reference} is sent again when an operator resumes what is paused: {pause}",
            "Тот же референс {reference} уйдёт снова, когда оператор снимет паузу: {pause}",
        ),
        "unknown": (
            "Nobody knows whether the provider has paid it: {why}. It is neither failed nor paid again.",
            "Неизвестно, исполнил ли её провайдер: «{why}». Она не считается отказом и не отправляется заново вслепую.",
        ),
        "parked_next": (
            "Nothing more happens by itself; a person must decide.",
            "Само по себе больше ничего не произойдёт; решить должен человек.",
        ),
        "paused": (
            "An operator has paused it, as all payouts of its tenant or of the connector {connector}: {pause}",
            "Оператор приостановил её вместе со всеми выплатами арендатора или коннектора {connector}: {pause}",
        ),
        "paused_next": (
            "It goes on when an operator resumes them; nothing was sent.",
            "Она продолжится, когда оператор возобновит выплаты; ничего не отправлено.",
        ),
        "retry_paused_next": (
            "It is tried again when an operator resumes what is paused: {pause}",
            "Новая попытка будет сделана, когда оператор снимет паузу: {pause}",
        ),
        "provider_ill": (
            "The provider behind the connector {connector} does not answer, so nothing new is sent to it.",
            "Провайдер коннектора {connector} не отвечает, поэтому новые выплаты ему не отправляются.",
        ),
        "provider_ill_next": (
            "From {when} on one payout at a time tries it; once it answers, all go on.",
            "С {when} его пробуют по одной выплате; как только он ответит, пойдут все.",
        ),
        "retrying": (
            "The provider refused it for a reason that may pass ({code}).",
            "Провайдер отказал по причине, которая может пройти ({code}).",
        ),
        "retrying_next": ("It is tried again, in a new attempt, at {when}.", "Новая попытка будет сделана в {when}."),
        "completed": ("It is paid.", "Выплата исполнена."),
        "returned": (
            "Of it {returned} {currency} came back.",
            "Из неё вернулось {returned} {currency}.",
        ),
        "contradicted": (
            "Word of the provider has contradicted what is recorded of it, and changed nothing.",
            "Слова провайдера противоречили тому, что о ней записано, и ничего не изменили.",
        ),
        "failed": ("It has failed ({code}): {message}", "Выплата не исполнена ({code}): {message}"),
        "may_cancel": (
            "It may be canceled or deleted: nothing was sent.",
            "Её можно отменить или удалить: ничего не отправлено.",
        ),
        "may_take": (
            "A person may take it with PATCH status processing, pay, and report the outcome.",
            "Человек может взять её (PATCH status processing), заплатить и сообщить об исходе.",
        ),
        "may_report": (
            "Whoever pays it reports completed or failed with PATCH.",
            "Тот, кто платит, сообщает completed или failed через PATCH.",
        ),
        "may_settle": (
            "With proof from the provider or the bank, a person may settle it: PATCH with reason and evidence.",
            "Имея подтверждение провайдера или банка, человек может завершить её: PATCH с reason и evidence.",
        ),
        "may_fail": (
            "A person may end it with PATCH status failed: the last attempt was refused, and no other is open.",
            "Человек может завершить её (PATCH status failed): в последней попытке отказано, другой ещё нет.",
        ),
        "may_pay_anew": (
            "What came back may be paid by a new payout, with the right details.",
            "То, что вернулось, можно выплатить новой выплатой с верными реквизитами.",
        ),
        "may_clear_up": (
            "Unless it is cleared up: ask the provider in writing which is true, by the reference {reference}.",
            "Если это ещё не выяснено: письменно спросите провайдера, что верно, назвав референс {reference}.",
        ),
        "may_wait": ("Nothing is to be done; wait.", "Делать ничего не нужно; подождите."),
        "may_try_anew": ("A new payout of the same kind may succeed.", "Новая такая же выплата может пройти."),
        "may_put_right": (
            "Once the recipient has put that right, make a new payout.",
            "Когда получатель это исправит, создайте новую выплату.",
        ),
        "may_nothing": ("Nothing is left to do.", "Больше ничего делать не нужно."),
    }
)
