import type { Words } from './en';

const HEIC =
  'Fotos im Format HEIC lassen sich nicht lesen. Wählen Sie am iPhone unter Einstellungen, Kamera, Formate „Maximale Kompatibilität“ oder senden Sie ein JPEG.';

/** German. */
export const de: Words = {
  app: {
    name: 'facelogin',
    skip: 'Zum Inhalt springen',
    title: (page) => `${page} · facelogin`,
    loading: 'Einen Moment …',
    notifications: 'Mitteilungen',
    close: 'Schließen',
    footer:
      'Selbst betrieben. Fotos werden geprüft und danach verworfen. Gespeichert werden sie nie.',
    required: 'Bitte ausfüllen.',
  },
  landing: {
    title: 'Anmelden mit einem Blick',
    lead: 'Kein Passwort zu merken. In die Kamera schauen, und schon sind Sie drin.',
    signIn: 'Anmelden',
    signUp: 'Konto anlegen',
    continueAs: (name) => `Weiter als ${name}`,
    notYou: 'Anderes Konto verwenden',
    notOpen: {
      closed: 'Neue Konten legt der Betreiber dieses Servers an.',
      invitation_needed: 'Neue Konten gibt es auf Einladung des Betreibers.',
    },
    drawing: 'Ein gezeichnetes Gesicht in einem Oval, von einer Kamera gesehen.',
    points: [
      {
        title: 'Ein Blick',
        text: 'Benutzernamen eingeben, in die Kamera schauen, angemeldet sein.',
      },
      {
        title: 'Keine Bilder',
        text: 'Wir behalten nur eine verschlüsselte mathematische Vorlage Ihres Gesichts.',
      },
      { title: 'In Ihrer Hand', text: 'Ihre Daten ansehen, herunterladen oder löschen.' },
    ],
  },
  signUp: {
    title: 'Konto anlegen',
    steps: ['Angaben', 'Einwilligung', 'Gesicht', 'Codes'],
    stepOf: (step, steps, name) => `Schritt ${step} von ${steps}: ${name}`,
    email: 'E-Mail',
    emailHint: 'Zum Beispiel ana@example.org.',
    emailWrong:
      'Das ist keine E-Mail-Adresse, oder sie mischt Alphabete. Schreiben Sie sie wie ana@example.org.',
    username: 'Benutzername',
    usernameHint: '3 bis 32 Buchstaben, Ziffern, Punkte, Unter- oder Bindestriche.',
    usernameWrong:
      'Bitte 3 bis 32 Buchstaben, Ziffern, Punkte, Unter- oder Bindestriche, alle aus einem Alphabet und keine unsichtbaren.',
    next: 'Weiter',
    back: 'Zurück',
    consentTitle: 'Was mit Ihrem Gesicht geschieht',
    noticeVersion: (version) => `Fassung ${version}`,
    noticeMore: 'Zum Weiterlesen scrollen ↓',
    noticeLabel: 'Datenschutzhinweis',
    agree:
      'Ich habe den Datenschutzhinweis gelesen und willige ein, dass eine Vorlage meines Gesichts erstellt und gespeichert wird.',
    agreeNeeded: 'Bitte ankreuzen. Ohne Einwilligung wird kein Bild gemacht.',
    faceTitle: 'Zeigen Sie Ihr Gesicht',
    faceLead:
      'Wir machen drei Fotos, während Sie den Kopf leicht drehen. Bitte ohne Sonnenbrille und mit dem Gesicht zum Licht.',
    faceLeadLive:
      'Gerade schauen, dann den Kopf drehen, wie der Pfeil es zeigt. Es dauert etwa 15 Sekunden.',
    sending: 'Ihr Konto wird angelegt …',
    lookAgain:
      'Ihre Angaben stimmen jetzt, aber die Aufnahme ist abgelaufen. Bitte schauen Sie noch einmal in die Kamera.',
    haveAccount: 'Sie haben schon ein Konto?',
    signInInstead: 'Anmelden',
    notOpen: {
      closed: {
        title: 'Die Registrierung ist geschlossen',
        text: 'Neue Konten legt der Betreiber dieses Servers an. Fragen Sie dort nach.',
      },
      invitationNeeded: {
        title: 'Sie brauchen eine Einladung',
        text: 'Neue Konten gibt es hier auf Einladung. Bitten Sie den Betreiber dieses Servers darum und öffnen Sie dann den Link darin.',
      },
      invitationSpent: {
        title: 'Diese Einladung gilt nicht',
        text: 'Sie wurde schon benutzt, zurückgezogen oder ist abgelaufen. Bitten Sie den Betreiber um eine neue.',
      },
    },
  },
  photos: {
    choose: 'Stattdessen Fotos von diesem Gerät nehmen',
    more: 'Fotos hinzufügen',
    photo: (number) => `Foto ${number}`,
    removeShort: 'Entfernen',
    remove: (number) => `Foto ${number} entfernen`,
    one: 'Mit nur einem Foto werden Sie beim Anmelden weniger zuverlässig erkannt. Bitte fügen Sie ein oder zwei weitere hinzu, von anderen Tagen oder bei anderem Licht.',
    use: (photos) => (photos === 1 ? 'Weiter mit einem Foto' : `Weiter mit ${photos} Fotos`),
    most: (most) =>
      `Mehr als ${most} Fotos werden nicht verwendet. Die übrigen wurden weggelassen.`,
    unreadable: (names) =>
      `Nicht als Foto lesbar: ${names}. Bitte wählen Sie JPEG-, PNG- oder WebP-Dateien.`,
    camera: 'Stattdessen die Kamera benutzen',
  },
  signIn: {
    title: 'Anmelden',
    lead: 'Geben Sie Ihren Benutzernamen ein und schauen Sie dann in die Kamera.',
    username: 'Benutzername',
    remember: 'Meinen Benutzernamen auf diesem Gerät merken',
    look: 'Weiter zur Kamera',
    lookTitle: (name) => `Hallo, ${name}`,
    lookLead: 'Zum Anmelden in die Kamera schauen.',
    lookLeadLive: 'In die Kamera schauen, dann den Kopf drehen, wie der Pfeil es zeigt.',
    other: 'Nicht Sie?',
    useOther: 'Anderer Name',
    anybodyTitle: 'Einfach schauen',
    useName: 'Mit meinem Benutzernamen',
    justLook: 'Einfach schauen, ohne Namen',
    stranger:
      'Wir konnten Sie nicht erkennen. Versuchen Sie es bei besserem Licht noch einmal, oder verwenden Sie Ihren Benutzernamen.',
    signUp: 'Konto anlegen',
    noAccount: 'Noch kein Konto?',
    already: (name) => `Sie sind als ${name} angemeldet.`,
    toWelcome: 'Weiter',
    consentLead:
      'Bitte lesen Sie das, bevor die Kamera angeht. Dieser Browser fragt Sie nur einmal.',
  },
  recovery: {
    title: 'Notfallcodes',
    cannot: 'Ihr Gesicht geht gerade nicht?',
    useCode: 'Einen Notfallcode nehmen',
    useCodeInstead: 'Stattdessen einen Notfallcode nehmen',
    lead: 'Geben Sie einen der Notfallcodes ein, die Sie bei der Registrierung aufbewahrt haben.',
    field: 'Notfallcode',
    hint: 'Zum Beispiel 7M2K-QX9D-0V4T-HB6E. Groß- und Kleinschreibung, Leerzeichen und Striche sind egal.',
    wrongLength: 'Ein Code hat 16 Buchstaben und Ziffern. Vergleichen Sie ihn mit Ihrem.',
    submit: 'Anmelden',
    checking: 'Wird geprüft …',
    notFitting: 'Benutzername und Notfallcode passen nicht zusammen. Jeder Code gilt nur einmal.',
    useFace: 'Doch das Gesicht nehmen',
    noneLeft: 'Kein Code mehr da? Der Betreiber dieses Servers kann Ihnen neue machen.',
    usedOne: 'Sie haben einen Notfallcode verwendet. Er gilt nicht noch einmal.',
    left: (left) =>
      left === 0
        ? 'Es ist kein Notfallcode mehr übrig: Machen Sie bald neue.'
        : left === 1
          ? 'Ein Notfallcode ist noch übrig.'
          : `${left} Notfallcodes sind noch übrig.`,
    enrolLead: 'Klappt die Anmeldung mit dem Gesicht nicht mehr? Richten Sie sie neu ein.',
    enrol: 'Gesicht neu einrichten',
    keepTitle: 'Speichern Sie Ihre Notfallcodes',
    keepLead:
      'Wenn die Anmeldung mit dem Gesicht nicht klappt, verwenden Sie einen dieser Codes. Jeder gilt einmal. Sie werden nicht noch einmal angezeigt: Bewahren Sie sie sicher auf.',
    copy: 'Kopieren',
    copied: 'Kopiert.',
    copyImpossible:
      'Ihr Browser erlaubt das Kopieren nicht. Markieren Sie die Codes und kopieren Sie sie selbst.',
    download: 'Herunterladen',
    print: 'Drucken',
    kept: 'Ich habe diese Codes gespeichert',
    keptNeeded:
      'Kreuzen Sie es an, sobald sie aufbewahrt sind. Sie sind nicht noch einmal zu sehen.',
    leave:
      'Ihre Notfallcodes werden nicht noch einmal angezeigt. Seite verlassen, ohne sie zu speichern?',
    sheetTitle: (host) => `Notfallcodes von facelogin für ${host}`,
    sheetFacts: (name, date) => `Benutzername ${name}, gemacht am ${date}`,
    sheetUse: 'Jeder Code gilt einmal. Bewahren Sie sie sicher auf.',
    renewLead:
      'Damit melden Sie sich an, wenn es mit dem Gesicht nicht klappt. Neue Codes ersetzen alle alten.',
    renew: 'Neue Codes machen',
    renewWarning:
      'Sie bekommen zehn neue Codes, die einmal angezeigt werden. Die alten gelten sofort nicht mehr.',
    renewNow: 'Jetzt machen',
  },
  welcome: {
    title: 'Willkommen',
    greeting: (name) => `Willkommen zurück, ${name}`,
    firstGreeting: (name) => `Willkommen, ${name}`,
    firstLead: 'Ihr Konto ist eingerichtet, und Sie sind angemeldet.',
    lead: 'Sie sind angemeldet.',
    me: 'Ihr Konto',
    signOut: 'Abmelden',
    signedOut: 'Sie sind abgemeldet.',
    notMe: 'Das bin ich nicht',
    until: (time) => `Sie bleiben längstens bis ${time} angemeldet.`,
  },
  me: {
    title: 'Ihr Konto',
    lead: 'Ihre Daten und Einstellungen.',
    details: 'Ihre Angaben',
    member: (date) => `Dabei seit ${date}`,
    change: 'Angaben ändern',
    save: 'Speichern',
    cancel: 'Abbrechen',
    saved: 'Ihre Angaben sind gespeichert.',
    nothingChanged: 'Sie haben nichts geändert.',
    stored: 'Was gespeichert ist',
    storedTemplate: (images, date) =>
      `Eine Vorlage Ihres Gesichts, verschlüsselt: eine Reihe von Zahlen, am ${date} aus Bildern ${images === 1 ? 'eines Augenblicks' : `von ${images} verschiedenen Zeitpunkten`} berechnet. Sie ist kein Bild, aber biometrische Daten: Aus solchen Zahlen ließe sich ein grobes Abbild herstellen, darum werden sie verschlüsselt aufbewahrt.`,
    storedNoPictures: 'Keine Fotos. Sie wurden gleich nach der Prüfung gelöscht.',
    storedConsent: (date) => `Ihre Einwilligung in den Datenschutzhinweis vom ${date}.`,
    storedNoConsent:
      'Keine Einwilligung: Dieser Server hat bei Ihrer Registrierung nicht danach gefragt.',
    storedCodes: (left) =>
      left === 0
        ? 'Keine Notfallcodes: Es ist keiner übrig, oder es wurden nie welche gemacht.'
        : left === 1
          ? 'Ihr letzter Notfallcode, gehasht, sodass niemand ihn lesen kann.'
          : `Ihre ${left} Notfallcodes, gehasht, sodass niemand sie lesen kann.`,
    storedActivity: 'Ein Protokoll Ihrer Aktivitäten, unter einem Pseudonym. Ohne Fotos und Namen.',
    reenrol: 'Anmeldung mit dem Gesicht',
    reenrolLead:
      'Neue Brille, neuer Bart, bessere Kamera? Richten Sie Ihr Gesicht neu ein, um besser erkannt zu werden.',
    reenrolStart: 'Gesicht neu einrichten',
    reenrolled: 'Ihr Gesicht ist aktualisiert.',
    sessions: 'Wo Sie angemeldet sind',
    thisSession: 'Dieses Gerät',
    otherSession: 'Ein anderes Gerät',
    browser: (family, system) => `${family} auf ${system}`,
    since: (time) => `Seit ${time}`,
    lastSeen: (time) => `zuletzt genutzt ${time}`,
    ends: (time) => `endet spätestens ${time}`,
    end: 'Abmelden',
    endLabel: (time) => `Von der Sitzung von ${time} abmelden`,
    ended: 'Dort abgemeldet.',
    endOthers: 'Überall sonst abmelden',
    endedOthers: (others) =>
      others === 1
        ? '1 andere Sitzung wurde beendet.'
        : `${others} andere Sitzungen wurden beendet.`,
    signOut: 'Abmelden',
    activity: 'Was mit Ihrem Konto geschah',
    activityLead:
      'Kommt Ihnen etwas unbekannt vor? Melden Sie sich überall sonst ab und richten Sie Ihr Gesicht neu ein.',
    activityNone: 'Noch nichts.',
    activityMore: 'Alles zeigen',
    activityRoutine: 'Alltägliches',
    thisDevice: 'dieses Gerät',
    from: (browser) => `, mit ${browser}`,
    actions: {
      register: 'Sie haben sich registriert.',
      import: 'Der Betreiber hat Ihr Konto aus einem anderen System übernommen.',
      move_engine: 'Beim Anmelden kam eine Vorlage eines neueren Netzes hinzu.',
      retire_engine: 'Der Betreiber hat Ihre Vorlage des früheren Netzes gelöscht.',
      login: 'Angemeldet.',
      login_face: 'Mit Ihrem Gesicht angemeldet.',
      identify: 'Mit Ihrem Gesicht angemeldet, ohne Namen.',
      login_code: 'Mit einem Notfallcode angemeldet.',
      logout: 'Abgemeldet.',
      step_up: 'Vor einer Änderung bestätigt, dass Sie es sind.',
      end_session: 'Eine oder mehrere Sitzungen wurden beendet.',
      change_profile: 'Ihre Angaben wurden geändert.',
      replace_face: 'Ihr Gesicht wurde neu aufgenommen.',
      new_recovery_codes: 'Neue Notfallcodes wurden gemacht.',
      consent: 'Sie haben in den Datenschutzhinweis eingewilligt.',
      export: 'Ihre Daten wurden ausgegeben.',
      erase: 'Die Löschung des Kontos wurde angefordert.',
      disable: 'Der Betreiber hat das Konto gesperrt.',
      enable: 'Der Betreiber hat das Konto wieder freigegeben.',
      unlock: 'Der Administrator hat die Anmeldung entsperrt.',
    },
    refusedActions: {
      login: 'Jemand wollte sich anmelden und wurde abgewiesen.',
      login_face: 'Anmeldung mit Gesicht fehlgeschlagen: Das Gesicht passte nicht.',
      identify: 'Ein Gesicht wie Ihres wurde ohne Namen gezeigt und abgewiesen.',
      login_code: 'Ein Notfallcode passte nicht.',
      login_consent_required:
        'Ein Blick passte zu Ihrem Gesicht, aber die Einwilligung in den Datenschutzhinweis fehlte.',
      login_account_disabled: 'Jemand wollte sich anmelden, während das Konto gesperrt war.',
      step_up: 'Ein zweiter Blick passte nicht zu Ihrem Gesicht.',
      change_profile: 'Ein Versuch, Ihre Angaben zu ändern, wurde abgewiesen.',
      replace_face: 'Ein neues Gesicht wurde gezeigt und abgewiesen.',
      erase: 'Das Konto sollte gelöscht werden und ist noch da.',
      locked: 'Zu viele Versuche: Die Anmeldung wurde ausgesetzt.',
      locked_factor_closed:
        'Zu viele Versuche: Die Anmeldung mit dem Gesicht ist gesperrt, bis ein Notfallcode benutzt wird.',
      template_refused: 'Die Vorlage Ihres Gesichts war nicht lesbar.',
    },
    actionOther: 'Etwas anderes an Ihrem Konto.',
    actionRefused: 'An Ihrem Konto wurde etwas versucht und abgewiesen.',
    export: 'Ihre Daten herunterladen',
    exportLead:
      'Eine Datei mit allem, was über Sie aufbewahrt wird, für Sie und für Programme lesbar. Die Zahlen Ihrer Gesichtsvorlage fehlen darin, weil sie Sie erkennbar machen.',
    exportStart: 'Meine Daten herunterladen',
    exported: 'Ihre Daten liegen bei Ihren Downloads.',
    erase: 'Konto löschen',
    eraseLead: 'Das geschieht sofort und lässt sich nicht rückgängig machen. Gelöscht wird:',
    erased: [
      'Ihr Benutzername und Ihre E-Mail-Adresse.',
      'Die Vorlage Ihres Gesichts, samt dem Schlüssel, mit dem sie verschlüsselt ist.',
      'Ihre Notfallcodes und Ihre Einwilligung.',
      'Jede Sitzung: Sie sind überall abgemeldet.',
    ],
    eraseStays:
      'Das Protokoll bleibt, lässt sich aber nicht mehr mit Ihnen verbinden. Sicherungen werden nach Plan gelöscht.',
    eraseStart: 'Mein Konto löschen',
    eraseConfirm: (name) => `Zum Löschen geben Sie Ihren Benutzernamen ein: ${name}`,
    eraseNotConfirmed: 'Das ist nicht Ihr Benutzername.',
    eraseNow: 'Endgültig löschen',
    noticeMissing: 'Der Datenschutzhinweis wartet auf Sie',
    noticeMissingLead:
      'Für dieses Konto hat noch niemand eingewilligt. Bis dahin wird Ihr Gesicht hier nicht angesehen: Bitte lesen Sie ihn und entscheiden Sie.',
    noticeChanged: 'Der Datenschutzhinweis hat sich geändert',
    noticeChangedLead:
      'Er ist nicht mehr der, in den Sie eingewilligt haben. Bitte lesen Sie ihn und entscheiden Sie neu.',
    noticeRead: 'Lesen',
    noticeLater: 'Später',
    noticeAgreed: 'Danke. Ihre Einwilligung ist festgehalten.',
    stepUpTitle: 'Bestätigen Sie, dass Sie es sind',
    stepUpLead: 'Schauen Sie in die Kamera, um sich vor Änderungen auszuweisen.',
    stepUpStart: 'In die Kamera schauen',
    toWelcome: 'Zurück',
  },
  erased: {
    title: 'Ihr Konto ist gelöscht',
    lead: 'Ihr Gesicht, Ihr Name und Ihre Codes sind von diesem Server fort, und Sie sind abgemeldet.',
    rest: 'Sie müssen nichts weiter tun. Ein neues Konto können Sie jederzeit anlegen.',
    home: 'Startseite',
  },
  notFound: {
    title: 'Seite nicht gefunden',
    lead: 'Die Adresse stimmt nicht, oder die Seite ist umgezogen.',
    home: 'Startseite',
  },
  sessionEnded: {
    title: 'Sie sind nicht angemeldet',
    lead: 'Bitte melden Sie sich an, um fortzufahren.',
    signIn: 'Anmelden',
  },
  crash: {
    title: 'Auf dieser Seite ist etwas kaputtgegangen',
    lead: 'Es liegt nicht an Ihnen. Meist hilft es, die Seite neu zu laden.',
    reload: 'Neu laden',
    home: 'Startseite',
  },
  failure: {
    tryAgain: 'Noch einmal',
    waitSeconds: (seconds) =>
      `Sie können es in ${seconds} ${seconds === 1 ? 'Sekunde' : 'Sekunden'} wieder versuchen.`,
    waitMinutes: (minutes) =>
      `Sie können es in ${minutes} ${minutes === 1 ? 'Minute' : 'Minuten'} wieder versuchen.`,
    mayRetry: 'Sie können es jetzt wieder versuchen.',
    reference: (id) => `Kennung für den Betreiber: ${id}`,
    otherwise: 'Hier ist etwas schiefgegangen. Es liegt nicht an Ihnen.',
  },
  codes: {
    offline:
      'Der Server ist nicht erreichbar. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
    timed_out:
      'Die Antwort hat zu lange gedauert. Vielleicht ist die Leitung langsam: noch einmal versuchen.',
    cancelled: 'Das wurde unterbrochen. Versuchen Sie es noch einmal.',
    unexpected: 'Der Server hat unerwartet geantwortet. Versuchen Sie es gleich noch einmal.',
    not_recognised:
      'Ihr Gesicht passt nicht zu diesem Benutzernamen. Prüfen Sie den Benutzernamen, wenden Sie sich zum Licht und schauen Sie gerade in die Kamera.',
    username_needed:
      'Dieses Gesicht allein sagt nicht, wer Sie sind. Bitte geben Sie Ihren Benutzernamen ein.',
    identification_unavailable:
      'Ohne Namen geht das Anmelden gerade nicht. Bitte geben Sie Ihren Benutzernamen ein.',
    session_required: 'Ihre Sitzung ist beendet. Bitte melden Sie sich wieder an.',
    cross_site: 'Diese Anfrage kam von einer anderen Seite und wurde abgelehnt.',
    not_yours: 'Das gehört jemand anderem.',
    liveness_required:
      'Ein Foto genügt diesem Server nicht: Er verlangt die Live-Prüfung mit der Kamera.',
    liveness_failed:
      'Die Live-Prüfung ist nicht gelungen. Kamera ruhig halten und nur den Kopf drehen.',
    turn_more:
      'Die Drehungen gingen nicht ganz weit genug. Weiter drehen, bis der Pfeil zurück zeigt.',
    turn_slower: 'Die Drehungen waren zu schnell. Nehmen Sie sich für jede etwa zwei Sekunden.',
    turn_faster:
      'Die Drehung wurde nicht rechtzeitig fertig. Wählen Sie „Mehr Zeit für jede Drehung“.',
    frames_missing:
      'Einige Kamerabilder fehlten. Das lag nicht an Ihnen. Andere Programme schließen und noch einmal versuchen.',
    wrong_way: 'Die Drehungen gingen woandershin als der Pfeil. Bitte dem Pfeil folgen.',
    challenge_unknown:
      'Dieser Versuch wurde in einem anderen Fenster begonnen. Bitte neu beginnen.',
    challenge_superseded:
      'Dieser Versuch wurde in diesem Browser durch einen neuen ersetzt. Bitte neu beginnen.',
    challenge_spent: 'Dieser Versuch wurde schon verwendet. Bitte neu beginnen.',
    challenge_expired:
      'Dieser Versuch hat zu lange gedauert und ist abgelaufen. Bitte neu beginnen.',
    answer_in_progress: 'Die Bilder werden schon geprüft. Bitte neu beginnen.',
    frame_refused:
      'Ein Kamerabild war nicht zu gebrauchen. Die Kamera still halten und neu beginnen.',
    fresh_login_required: 'Bitte schauen Sie noch einmal in die Kamera, bevor Sie das ändern.',
    registration_closed:
      'Die Registrierung ist hier geschlossen. Fragen Sie den Betreiber nach einem Konto.',
    account_disabled: 'Dieses Konto ist gesperrt. Fragen Sie den Betreiber.',
    not_found: 'Das ist nicht mehr da.',
    username_taken: 'Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.',
    email_taken: 'Mit dieser E-Mail-Adresse gibt es schon ein Konto.',
    body_too_large: 'Die Bilder sind zu groß für eine Anfrage. Nehmen Sie ein kleineres.',
    invalid_request:
      'Mit dieser Anfrage stimmt etwas nicht. Prüfen Sie Ihre Eingaben und versuchen Sie es noch einmal.',
    consent_required: 'Bitte willigen Sie zuerst in den Datenschutzhinweis ein.',
    consent_outdated:
      'Der Datenschutzhinweis hat sich geändert. Bitte lesen Sie den neuen und willigen Sie wieder ein.',
    image_unreadable: 'Dieses Bild lässt sich nicht lesen. Bitte noch einmal aufnehmen.',
    image_type_unsupported: 'Bitte wählen Sie ein Bild als JPEG, PNG oder WebP.',
    image_animated: 'Bitte wählen Sie ein stehendes Bild, keine Animation.',
    image_too_large: 'Dieses Bild hat zu viele Pixel. Bitte wählen Sie ein kleineres.',
    face_not_found:
      'Kein Gesicht gefunden. Schauen Sie gerade in die Kamera, das ganze Gesicht im Bild.',
    several_faces: 'Da ist mehr als ein Gesicht. Bitte nur eine Person.',
    face_too_small: 'Ihr Gesicht ist zu klein im Bild. Kommen Sie näher.',
    too_dark:
      'Es ist zu dunkel für Ihr Gesicht. Drehen Sie sich zu einer Lampe oder einem Fenster.',
    too_bright: 'Ihr Gesicht ist zu hell. Drehen Sie sich etwas vom Licht weg.',
    too_blurred: 'Das Bild ist unscharf. Halten Sie kurz still und wischen Sie die Linse ab.',
    face_turned_away: 'Ihr Gesicht ist abgewandt. Schauen Sie gerade in die Kamera.',
    face_cut_off: 'Ein Teil Ihres Gesichts ist außerhalb des Bildes. Rücken Sie in die Mitte.',
    face_covered: 'Etwas verdeckt Ihr Gesicht. Bitte nehmen Sie es weg.',
    'face_covered.mouth': 'Etwas verdeckt Mund oder Nase. Nehmen Sie Maske, Schal oder Hand weg.',
    'face_covered.eyes':
      'Etwas verdeckt Ihre Augen. Nehmen Sie dunkle Brillen ab und streichen Sie Haare zur Seite.',
    'face_turned_away.lift_chin': 'Heben Sie das Kinn ein wenig.',
    'face_turned_away.lower_chin': 'Senken Sie das Kinn ein wenig.',
    'face_turned_away.turn_left': 'Drehen Sie den Kopf etwas nach links.',
    'face_turned_away.turn_right': 'Drehen Sie den Kopf etwas nach rechts.',
    'face_turned_away.level_head': 'Halten Sie den Kopf gerade.',
    'image_type_unsupported.heic': HEIC,
    too_many_attempts: 'Zu viele Versuche. Bitte warten Sie ein wenig.',
    factor_closed:
      'Die Anmeldung mit dem Gesicht ist für dieses Konto nach zu vielen Fehlversuchen gesperrt. Ein Notfallcode meldet Sie an und hebt die Sperre auf; auch der Betreiber kann das.',
    busy: 'Der Server ist beschäftigt. Versuchen Sie es gleich noch einmal.',
    store_unavailable:
      'Der Server erreicht seine Datenbank nicht. Versuchen Sie es gleich noch einmal.',
    internal_error: 'Hier ist etwas schiefgegangen. Es liegt nicht an Ihnen.',
  },
  camera: {
    reason: 'Ihr Browser fragt gleich, ob diese Seite die Kamera benutzen darf.',
    privacy: 'Die Fotos gehen nur an diesen Server, werden einmal geprüft und nicht aufbewahrt.',
    turnOn: 'Kamera einschalten',
    opening: 'Wenn Ihr Browser fragt, erlauben Sie die Kamera.',
    preview: 'Ihre Kamera, gespiegelt',
    press: 'Foto aufnehmen',
    taking: 'Stillhalten …',
    paused: 'Solange Sie fort sind, ist die Kamera aus. Sie kommt mit Ihnen zurück.',
    checking: 'Wird geprüft …',
    chooseCamera: 'Kamera',
    unnamedCamera: (number) => `Kamera ${number}`,
    shotOf: (shot, shots) => `Bild ${shot} von ${shots}`,
    upload: 'Stattdessen eine Bilddatei nehmen',
    uploadUnreadable:
      'Diese Datei lässt sich nicht als Bild lesen. Wählen Sie JPEG, PNG oder WebP.',
    uploadHeic: HEIC,
    tryAgain: 'Noch einmal',
    noFaceFor: 'Noch kein Gesicht zu sehen',
    noFaceHelp:
      'Kamera aufdecken, Licht vor Ihnen einschalten oder eine andere Kamera oder ein anderes Gerät nehmen.',
    lastLook: 'Das letzte Bild der Kamera. Es wird nicht aufbewahrt.',
    live: {
      start: 'Los',
      ready: 'Gesicht ins Oval, dann auf „Los“ drücken',
      previewed:
        'Erst gerade schauen, dann dreimal den Kopf drehen, wie der Pfeil zeigt. Etwa 15 Sekunden, ganz ohne Eile.',
      longerTime: 'Mehr Zeit für jede Drehung',
      cancel: 'Abbrechen',
      turnOf: (turn, turns) => `Drehung ${turn} von ${turns}`,
      centre: 'Gerade in die Kamera schauen',
      turn: {
        left: 'Den Kopf nach links drehen',
        right: 'Den Kopf nach rechts drehen',
        up: 'Den Kopf heben, nach oben schauen',
        down: 'Den Kopf senken, nach unten schauen',
      },
      back: 'Jetzt wieder geradeaus schauen',
      otherWay: 'Bitte zur anderen Seite',
      flash: 'Gerade schauen. Der Bildschirm wechselt die Farbe.',
      again: {
        turn_more: 'Fast: diesmal etwas weiter.',
        turn_slower: 'Fast. Diesmal etwas langsamer.',
        turn_faster: 'Fast: diesmal etwas früher zur Mitte zurück.',
        frames_missing: 'Einige Kamerabilder fehlten. Das lag nicht an Ihnen: bitte noch einmal.',
        wrong_way: 'Das war die andere Richtung.',
        face_turned_away: 'Zu Beginn und am Ende gerade in die Kamera schauen.',
        face_not_found: 'Das Gesicht war kurz nicht zu sehen.',
        face_too_small: 'Bitte näher kommen.',
        too_dark: 'Hier ist es etwas zu dunkel.',
        too_bright: 'Hier ist es etwas zu hell.',
      },
      againOtherwise: 'Versuchen wir es noch einmal.',
      noFlash: 'Ohne Farben auf dem Bildschirm',
    },
    hints: {
      loading: 'Bringen Sie Ihr Gesicht in das Oval',
      unguided: 'Gesicht in das Oval bringen und den Knopf drücken',
      no_face: 'Bringen Sie Ihr Gesicht in das Oval',
      several_faces: 'Bitte nur eine Person im Bild',
      too_far: 'Kommen Sie näher',
      too_close: 'Etwas weiter weg',
      off_centre: 'Gesicht in die Mitte',
      too_dark: 'Zu dunkel: mehr Licht, bitte',
      too_bright: 'Zu hell. Vom Licht wegdrehen',
      lift_chin: 'Kinn ein wenig heben',
      lower_chin: 'Kinn ein wenig senken',
      turn_left: 'Kopf ein wenig nach links drehen',
      turn_right: 'Kopf ein wenig nach rechts drehen',
      hold_still: 'Stillhalten',
      good: 'Gut so. Stillhalten',
    },
    failures: {
      denied: {
        title: 'Die Kamera ist für diese Seite gesperrt.',
        way: 'Öffnen Sie die Seiteneinstellungen neben der Adresszeile, erlauben Sie die Kamera und versuchen Sie es noch einmal.',
      },
      none: {
        title: 'Es wurde keine Kamera gefunden.',
        way: 'Schließen Sie eine an oder schalten Sie sie ein und versuchen Sie es noch einmal. Oder melden Sie sich mit einem Notfallcode an.',
      },
      busy: {
        title: 'Ein anderes Programm benutzt die Kamera.',
        way: 'Schließen Sie das Programm oder den Tab und versuchen Sie es noch einmal.',
      },
      insecure: {
        title: 'Browser geben die Kamera nur sicheren Seiten.',
        way: 'Öffnen Sie diese Seite mit https:// oder an diesem Rechner als http://localhost.',
      },
      unplugged: {
        title: 'Die Kamera wurde getrennt.',
        way: 'Stecken Sie sie wieder an oder wählen Sie eine andere und versuchen Sie es noch einmal.',
      },
      silent: {
        title: 'Die Kamera antwortet nicht.',
        way: 'Falls Ihr Browser noch fragt, erlauben Sie die Kamera. Sonst ziehen Sie sie ab, stecken sie wieder an und versuchen es noch einmal.',
      },
    },
  },
};
