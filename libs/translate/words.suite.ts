/** Members and values that the wires know, for JSON that gets past their first check. */
export const words: readonly string[] = `
  model messages role content type text system assistant user tool developer image_url url input_audio
  file file_data tool_calls function name arguments id tool_call_id tool_use tool_result tool_use_id input
  source base64 media_type data thinking signature redacted_thinking cache_control max_tokens stop
  stop_sequences usage choices message delta index finish_reason error code detail stop_reason
  message_start content_block_start content_block_delta content_block_stop message_delta message_stop
  content_block text_delta input_json_delta partial_json tools tool_choice response_format json_schema
  schema reasoning_effort stream_options metadata parameters contents parts functionCall functionResponse
  function_call args response inlineData inline_data mimeType fileData fileUri thought thoughtSignature
  output generationConfig thinkingConfig thinkingBudget thinkingLevel responseMimeType responseSchema
  application/json functionDeclarations functionCallingConfig mode nullable candidates finishReason STOP
  promptFeedback blockReason usageMetadata logprobsResult input_text output_text input_image input_file
  refusal reasoning summary encrypted_content function_call_output call_id annotations logprobs $item item
  part output_index content_index item_id annotation instructions inferenceConfig maxTokens stopSequences
  toolConfig toolSpec inputSchema json toolChoice any auto toolUse toolUseId toolResult status
  reasoningContent reasoningText bytes redactedContent cachePoint default ttl image format png document
  pdf audio wav citationsContent citations guardContent additionalModelRequestFields top_k outputConfig
  textFormat structure jsonSchema requestMetadata serviceTier stopReason metrics contentBlockIndex start
  additionalModelResponseFields effort context location enabled __proto__ constructor toString
  budget_tokens output_config stream temperature fallbacks tool_plan end sources documents snippet
  token_budget token_ids tokens billed_units input_tokens message-start content-start content-delta
  content-end tool-plan-delta tool-call-start tool-call-delta tool-call-end citation-start citation-end
  message-end
`
  .trim()
  .split(/\s+/)
