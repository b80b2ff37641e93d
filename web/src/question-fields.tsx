// Fields for the questions of a category. Both front ends use them.
import { type Language, localizedName } from "./i18n";
import { type Answers, ANSWER_MAX, type Question } from "./questions";

type FieldProps = {
  question: Question;
  language: Language;
  answers: Answers;
  onAnswer: (code: string, value: string | string[]) => void;
};

/** `none`: the text of a select without a choice. `required`: what stands beside a question that needs an answer. */
export function QuestionFields(props: {
  questions: readonly Question[];
  language: Language;
  answers: Answers;
  none: string;
  required: string;
  onAnswer: (code: string, value: string | string[]) => void;
}) {
  const { language } = props;
  return (
    <>
      {props.questions.map((question) => {
        const label = (
          <>
            {localizedName(language, question.name)}
            {question.required && <small> {props.required}</small>}
            {question.hint && <small> {localizedName(language, question.hint)}</small>}
          </>
        );
        return question.kind === "multivaluelist" ? (
          <fieldset key={question.code} data-testid={`question-${question.code}`}>
            <legend>{label}</legend>
            <Choices {...props} question={question} />
          </fieldset>
        ) : (
          <label key={question.code} data-testid={`question-${question.code}`}>
            {label}
            <Field {...props} question={question} />
          </label>
        );
      })}
    </>
  );
}

function Choices(props: FieldProps) {
  const { question } = props;
  const chosen = [props.answers[question.code] ?? []].flat();
  return (
    <>
      {question.choices?.map(({ code, name }) => (
        <label key={code} class="check tick">
          <input
            type="checkbox"
            checked={chosen.includes(code)}
            onChange={(event) =>
              props.onAnswer(
                question.code,
                event.currentTarget.checked ? [...chosen, code] : chosen.filter((other) => other !== code),
              )
            }
          />{" "}
          {localizedName(props.language, name)}
        </label>
      ))}
    </>
  );
}

function Field(props: FieldProps & { none: string }) {
  const { question } = props;
  const value = String(props.answers[question.code] ?? "");
  const answer = (event: { currentTarget: { value: string } }) =>
    props.onAnswer(question.code, event.currentTarget.value);
  const common = { name: `question-${question.code}`, required: question.required, value };
  switch (question.kind) {
    case "singlevaluelist":
      return (
        <select {...common} onChange={answer}>
          <option value="">{props.none}</option>
          {question.choices?.map(({ code, name }) => (
            <option key={code} value={code}>
              {localizedName(props.language, name)}
            </option>
          ))}
        </select>
      );
    case "text":
      return <textarea {...common} rows={3} maxLength={ANSWER_MAX} onInput={answer} />;
    case "number":
      return <input {...common} type="number" step="any" inputMode="decimal" onInput={answer} />;
    case "datetime":
      return <input {...common} type="datetime-local" onInput={answer} />;
    default:
      return <input {...common} maxLength={ANSWER_MAX} autocomplete="off" onInput={answer} />;
  }
}
