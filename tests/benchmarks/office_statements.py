"""What office documents say, what may truly be said of it in other words, and what may not.

Written by hand for tests/benchmarks/planted.py. The rules of rag/contradictions.py were made with these at
hand, so they flatter them; SQuAD's sentences, drawn by another seed, do not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A passage, true sentences about it, and false ones by what was altered in them."""

    language: str
    passage: str
    true: tuple[str, ...]
    false: tuple[tuple[str, str], ...]


OFFICE = [
    Case(
        "en",
        "14.2 The Supplier shall pay the Customer a penalty of EUR 1,500.00 for each week of delay, up to "
        "five percent of the order value. Claims must be made by 14 October 2026.",
        (
            "The Supplier pays the Customer a penalty of €1,500 for each week of delay.",
            "The penalty is limited to 5 % of the order value.",
            "Claims must be made by 14/10/2026.",
            "For each week of delay, a penalty of 1.500 euros is to be paid by the Supplier to the Customer.",
        ),
        (
            (
                "party",
                "The Customer shall pay the Supplier a penalty of EUR 1,500.00 for each week of delay.",
            ),
            ("number", "The Supplier pays the Customer a penalty of €1,800 for each week of delay."),
            ("currency", "The Supplier pays the Customer a penalty of $1,500 for each week of delay."),
            ("unit", "The Supplier pays the Customer a penalty of €1,500 for each month of delay."),
            ("number", "The penalty is limited to six percent of the order value."),
            ("date", "Claims must be made by 15 October 2026."),
            ("date", "Claims must be made by 14 November 2026."),
            ("negation", "Claims must not be made by 14 October 2026."),
        ),
    ),
    Case(
        "en",
        "The Landlord repairs the heating and the roof. The Tenant pays the Landlord a deposit of three "
        "months' rent before 1 March 2025. Pets are not allowed without the Landlord's written consent.",
        (
            "The heating and the roof are repaired by the Landlord.",
            "The tenant pays a deposit of 3 months' rent.",
            "The deposit is due before March 1, 2025.",
            "Without written consent from the landlord, pets are not allowed.",
            "Pets aren't allowed without the Landlord's written consent.",
        ),
        (
            ("party", "The Tenant repairs the heating and the roof."),
            ("party", "The Landlord pays the Tenant a deposit of three months' rent before 1 March 2025."),
            ("number", "The tenant pays a deposit of two months' rent."),
            ("unit", "The tenant pays a deposit of three weeks' rent."),
            ("date", "The deposit is due before March 1, 2026."),
            ("negation", "Pets are allowed without the Landlord's written consent."),
        ),
    ),
    Case(
        "en",
        "Present: Anneke de Vries (chair), Tomasz Zielinski, Farah Nasser. Tomasz Zielinski voted against "
        "the new oven. The board approved a budget of $2.4 million and postponed the website until 30 "
        "September 2023.",
        (
            "Anneke de Vries was the chair.",
            "Tomasz Zielinski voted against the new oven.",
            "The board approved a budget of 2.4 million dollars.",
            "The website was postponed until September 30, 2023.",
            "The budget that the board approved is $2,400,000.",
        ),
        (
            ("name", "Farid Haddad voted against the new oven."),
            ("name", "Tomasz Kowalski voted against the new oven."),
            ("number", "The board approved a budget of 2.7 million dollars."),
            ("unit", "The board approved a budget of 2.4 billion dollars."),
            ("currency", "The board approved a budget of 2.4 million euros."),
            ("date", "The website was postponed until 30 September 2024."),
            ("date", "The website was postponed until August 30, 2023."),
            ("negation", "Tomasz Zielinski did not vote against the new oven."),
        ),
    ),
    Case(
        "en",
        "The ferry MS Havorn leaves Bodo at 16:15 and arrives in Moskenes after 3 hours and 20 minutes. A "
        "ticket for a car costs NOK 890. Cars must be at the quay forty minutes before departure.",
        (
            "The ferry leaves Bodo at 4:15 pm.",
            "It arrives in Moskenes after three hours and twenty minutes.",
            "Cars have to be at the quay 40 minutes before departure.",
            "A car ticket costs 890 NOK.",
        ),
        (
            ("party", "The ferry leaves Moskenes at 16:15 and arrives in Bodo after 3 hours and 20 minutes."),
            ("number", "The ferry leaves Bodo at 16:45."),
            ("number", "The ferry leaves Bodo at 4:15 am."),
            ("unit", "Cars must be at the quay forty hours before departure."),
            ("number", "Cars have to be at the quay 30 minutes before departure."),
            ("name", "The ferry leaves Stavanger at 16:15."),
            ("currency", "A ticket for a car costs EUR 890."),
        ),
    ),
    Case(
        "en",
        "Dr. Helen Park joined Norwind Ltd. on 3 May 2019 as head of research. She reports to Mark Osei. "
        "Her team has grown from four to eleven people and spends 12.5 % of the revenue.",
        (
            "Helen Park joined Norwind on 2019-05-03.",
            "Dr Park joined Norwind Ltd. on May 3rd, 2019 as head of research.",
            "Her team has grown from 4 to 11 people.",
            "The team spends 12.5 percent of the revenue.",
            "The team spends 12,5 % of the revenue.",
        ),
        (
            ("name", "Helen Clark joined Norwind Ltd. on 3 May 2019."),
            ("name", "Helen Park joined Eastwind Ltd. on 3 May 2019."),
            ("name", "She reports to Peter Osei."),
            ("date", "Helen Park joined Norwind Ltd. on 3 June 2019."),
            ("date", "Helen Park joined Norwind in May 2018."),
            ("number", "Her team has grown from eleven to four people."),
            ("number", "The team spends 15.5 percent of the revenue."),
            ("unit", "The team spends 12.5 dollars of the revenue."),
        ),
    ),
    Case(
        "en",
        "Employees may work from home up to two days a week. Overtime is paid at 125 % of the hourly wage. "
        "Unused leave expires on 31 March of the following year and is never paid out.",
        (
            "Employees may work from home two days a week.",
            "Overtime is paid at 125 percent of the hourly wage.",
            "Unused leave expires on March 31 of the following year.",
            "Unused leave is never paid out.",
            "Leave that was not used expires on 31 March.",
        ),
        (
            ("number", "Employees may work from home up to three days a week."),
            ("unit", "Employees may work from home up to two days a month."),
            ("number", "Overtime is paid at 150 % of the hourly wage."),
            ("date", "Unused leave expires on 31 May of the following year."),
            ("negation", "Unused leave is paid out."),
            ("negation", "Employees may not work from home up to two days a week."),
        ),
    ),
    Case(
        "en",
        "The Licensor grants the Licensee a licence for 25 users. The Licensee must notify the Licensor of "
        "any misuse within 48 hours. The fee of £320 per year includes support but does not "
        "include training.",
        (
            "The Licensee is granted a licence for 25 users by the Licensor.",
            "The licence is for twenty-five users.",
            "Any misuse must be notified within 48 hours.",
            "The fee is 320 pounds per year.",
            "Training is not included in the fee.",
        ),
        (
            ("party", "The Licensee grants the Licensor a licence for 25 users."),
            ("party", "The Licensor must notify the Licensee of any misuse within 48 hours."),
            ("number", "The licence is for thirty-five users."),
            ("unit", "Any misuse must be notified within 48 days."),
            ("currency", "The fee is 320 dollars per year."),
            ("unit", "The fee is £320 per month."),
            ("negation", "The fee of £320 per year does not include support."),
        ),
    ),
    Case(
        "en",
        "Invoice 4711 of 7 January 2026 is payable within thirty days. Late payments bear interest at 8 "
        "percent above the base rate. Deliveries weigh at most 250 kg and travel 40 km.",
        (
            "Invoice no. 4711 is payable within 30 days.",
            "The invoice is dated 07.01.2026.",
            "Late payments bear 8 % interest above the base rate.",
            "A delivery weighs at most 250 kilograms.",
        ),
        (
            ("number", "Invoice 4171 of 7 January 2026 is payable within thirty days."),
            ("date", "Invoice 4711 of 9 January 2026 is payable within thirty days."),
            ("unit", "Invoice 4711 is payable within thirty weeks."),
            ("number", "Late payments bear interest at 9 percent above the base rate."),
            ("unit", "Deliveries weigh at most 250 g."),
            ("unit", "Deliveries travel 40 miles."),
            ("negation", "Late payments do not bear interest."),
        ),
    ),
    Case(
        "en",
        "Harvest Markets sold 1,240 tons of rice to Lindqvist & Sons in 2022, while Lindqvist & Sons sold "
        "310 tons of beans to Harvest Markets in 2023.",
        (
            "In 2022, Harvest Markets sold 1240 tons of rice to Lindqvist & Sons.",
            "Lindqvist & Sons sold 310 tons of beans to Harvest Markets.",
            "In 2022, 1,240 tons of rice were sold to Lindqvist & Sons.",
        ),
        (
            ("party", "Lindqvist & Sons sold 1,240 tons of rice to Harvest Markets in 2022."),
            ("number", "Harvest Markets sold 310 tons of rice to Lindqvist & Sons in 2022."),
            ("date", "Harvest Markets sold 1,240 tons of rice to Lindqvist & Sons in 2023."),
            ("name", "Harvest Markets sold 1,240 tons of rice to Oyelaran Foods in 2022."),
        ),
    ),
    Case(
        "de",
        "Die monatliche Miete beträgt 1.234,56 Euro und ist bis zum dritten Werktag zu zahlen. Der "
        "Vermieter repariert die Heizung. Der Mieter zahlt dem Vermieter eine Kaution von drei Monatsmieten.",
        (
            "Die Miete beträgt 1234,56 € im Monat.",
            "Die monatliche Miete beträgt EUR 1.234,56.",
            "Die Miete ist bis zum 3. Werktag zu zahlen.",
            "Die Kaution beträgt 3 Monatsmieten.",
            "Die Heizung wird vom Vermieter repariert.",
        ),
        (
            ("number", "Die monatliche Miete beträgt 1.243,56 Euro."),
            ("currency", "Die monatliche Miete beträgt 1.234,56 Dollar."),
            ("number", "Die Miete ist bis zum fünften Werktag zu zahlen."),
            ("number", "Die Kaution beträgt zwei Monatsmieten."),
            ("party", "Der Mieter repariert die Heizung."),
            ("party", "Der Vermieter zahlt dem Mieter eine Kaution von drei Monatsmieten."),
            ("negation", "Der Vermieter repariert die Heizung nicht."),
        ),
    ),
    Case(
        "de",
        "Der Vertrag beginnt am 1. Juli 2024 und endet am 30. Juni 2027. Er kann mit einer Frist von "
        "neunzig Tagen schriftlich gekündigt werden. Eine Kündigung per E-Mail ist nicht zulässig.",
        (
            "Der Vertrag beginnt am 01.07.2024.",
            "Der Vertrag endet am 30.06.2027.",
            "Die Frist beträgt 90 Tage.",
            "Per E-Mail ist eine Kündigung nicht zulässig.",
            "Der Vertrag läuft vom 1. Juli 2024 bis zum 30. Juni 2027.",
        ),
        (
            ("date", "Der Vertrag beginnt am 1. Juli 2025."),
            ("date", "Der Vertrag endet am 30. Juli 2027."),
            ("number", "Die Frist beträgt sechzig Tage."),
            ("unit", "Die Frist beträgt neunzig Wochen."),
            ("negation", "Eine Kündigung per E-Mail ist zulässig."),
            ("negation", "Der Vertrag kann nicht schriftlich gekündigt werden."),
        ),
    ),
    Case(
        "de",
        "Frau Keller leitet seit dem 15. März 2021 den Vertrieb der Nordwind GmbH in Bremen. Der Umsatz "
        "stieg um 18 Prozent auf 2,4 Millionen Euro. Herr Aydin hat dem Kauf nicht zugestimmt.",
        (
            "Frau Keller leitet den Vertrieb der Nordwind GmbH.",
            "Seit dem 15.03.2021 leitet Frau Keller den Vertrieb.",
            "Der Umsatz stieg um 18 % auf 2.400.000 Euro.",
            "Der Umsatz stieg um achtzehn Prozent.",
            "Herr Aydin hat dem Kauf nicht zugestimmt.",
        ),
        (
            ("name", "Frau Berger leitet den Vertrieb der Nordwind GmbH."),
            ("name", "Frau Keller leitet den Vertrieb der Ostwind GmbH."),
            ("name", "Frau Keller leitet den Vertrieb der Nordwind GmbH in Hamburg."),
            ("date", "Frau Keller leitet seit dem 15. Mai 2021 den Vertrieb."),
            ("number", "Der Umsatz stieg um 28 Prozent."),
            ("unit", "Der Umsatz stieg auf 2,4 Milliarden Euro."),
            ("negation", "Herr Aydin hat dem Kauf zugestimmt."),
            ("name", "Herr Yilmaz hat dem Kauf nicht zugestimmt."),
        ),
    ),
    Case(
        "de",
        "Der Lieferant haftet dem Kunden für Schäden bis 250.000 Euro je Fall. Der Kunde meldet Mängel "
        "innerhalb von zwei Wochen. Die Garantie gilt 24 Monate und umfasst keine Verschleißteile.",
        (
            "Der Lieferant haftet für Schäden bis 250000 € je Fall.",
            "Mängel werden vom Kunden innerhalb von 2 Wochen gemeldet.",
            "Die Garantie gilt vierundzwanzig Monate.",
            "Verschleißteile sind nicht umfasst.",
            "Die Garantie umfasst keine Verschleißteile.",
        ),
        (
            ("party", "Der Kunde haftet dem Lieferanten für Schäden bis 250.000 Euro je Fall."),
            ("party", "Der Lieferant meldet Mängel innerhalb von zwei Wochen."),
            ("number", "Der Lieferant haftet dem Kunden für Schäden bis 150.000 Euro je Fall."),
            ("unit", "Der Kunde meldet Mängel innerhalb von zwei Monaten."),
            ("unit", "Die Garantie gilt 24 Jahre."),
            ("number", "Die Garantie gilt 36 Monate."),
            ("negation", "Die Garantie umfasst Verschleißteile."),
        ),
    ),
    Case(
        "fr",
        "Le loyer mensuel est de 1 250 euros, payable avant le 5 mars 2025. Le locataire verse un dépôt de "
        "trois mois. Les animaux ne sont pas autorisés.",
        (
            "Le loyer mensuel est de 1250 €.",
            "Le loyer est payable avant le 05/03/2025.",
            "Le locataire verse un dépôt de 3 mois.",
        ),
        (
            ("number", "Le loyer mensuel est de 1 350 euros."),
            ("date", "Le loyer est payable avant le 5 avril 2025."),
            ("number", "Le locataire verse un dépôt de deux mois."),
            ("unit", "Le locataire verse un dépôt de trois semaines."),
            ("negation", "Les animaux sont autorisés."),
        ),
    ),
    Case(
        "es",
        "El contrato empieza el 3 de mayo de 2024 y dura veinte meses. La tarifa es de 1.250,50 euros al "
        "mes. El cliente no puede ceder el contrato.",
        (
            "El contrato empieza el 03/05/2024.",
            "El contrato dura 20 meses.",
            "La tarifa es de 1250,50 € al mes.",
        ),
        (
            ("date", "El contrato empieza el 3 de junio de 2024."),
            ("number", "El contrato dura treinta meses."),
            ("unit", "El contrato dura veinte años."),
            ("number", "La tarifa es de 1.520,50 euros al mes."),
            ("negation", "El cliente puede ceder el contrato."),
        ),
    ),
    Case(
        "zh",
        "本合同自2026年10月14日起生效，有效期为三年。违约金为合同金额的百分之五。终止合同须提前九十天书面通知。",
        (
            "合同自2026年10月14日起生效。",
            "有效期为3年。",
            "违约金为合同金额的5%。",
            "终止合同须提前90天书面通知。",
        ),
        (
            ("date", "合同自2026年11月14日起生效。"),
            ("number", "有效期为五年。"),
            ("number", "违约金为合同金额的8%。"),
            ("number", "终止合同须提前六十天书面通知。"),
        ),
    ),
]
